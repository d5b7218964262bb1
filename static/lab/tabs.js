/**
 * The parts of the lab behind tabs, by the pattern of WAI-ARIA: arrows move and choose, Tab goes on into the part.
 *
 * @import { Model, Part, Tab } from './types.d.ts'
 */

import { element } from './build.js';

/**
 * @param {import('./words.js').LabWords} words
 * @param {Record<Tab, Part>} parts in their order
 * @param {HTMLElement} body where the chosen part stands
 * @param {Tab} first
 * @param {() => void} shown something else is shown now
 */
export function createTabs(words, parts, body, first, shown) {
  let current = first;
  const tabs = /** @type {Tab[]} */ (Object.keys(parts)).map((name) => {
    const [id, panelId] = [`lab-tab-${name}`, `lab-panel-${name}`];
    const label = words[`tab-${name}`];
    const tab = element('button', { type: 'button', role: 'tab', class: 'lab-tab', id, 'aria-controls': panelId }, label);
    const place = { role: 'tabpanel', class: 'lab-panel', id: panelId, 'aria-labelledby': id, tabindex: 0 };
    const panel = element('div', place, parts[name].root);
    tab.addEventListener('click', () => show(name));
    return { name, tab, panel };
  });
  const list = element('div', { class: 'lab-tabs', role: 'tablist', 'aria-label': words['lab-tabs'] }, ...tabs.map(({ tab }) => tab));
  body.append(...tabs.map(({ panel }) => panel));
  list.addEventListener('keydown', (event) => {
    const next = neighbour(event.key);
    if (!next) return;
    event.preventDefault();
    // The arrows turn the pages of the tour elsewhere.
    event.stopPropagation();
    show(next.name);
    next.tab.focus();
  });

  /** @param {string} key */
  function neighbour(key) {
    const at = tabs.findIndex(({ name }) => name === current);
    if (key === 'ArrowRight') return tabs[(at + 1) % tabs.length];
    if (key === 'ArrowLeft') return tabs.at(at - 1);
    if (key === 'Home') return tabs[0];
    return key === 'End' ? tabs.at(-1) : undefined;
  }

  /** @param {Tab} wanted */
  function show(wanted) {
    const isNew = wanted !== current;
    current = wanted;
    for (const { name, tab, panel } of tabs) {
      const isCurrent = name === current;
      tab.setAttribute('aria-selected', String(isCurrent));
      tab.tabIndex = isCurrent ? 0 : -1;
      panel.hidden = !isCurrent;
      if (isCurrent && isNew) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    if (isNew) body.scrollTop = 0;
    shown();
  }

  /** @param {Model} model */
  function render(model) {
    parts[current].render(model);
  }

  show(first);
  return { list, show, render, current: () => current };
}
