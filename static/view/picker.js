/**
 * The emoji picker: groups as tabs, one grid below them, a search over all in both languages. One stop for Tab in the
 * grid; arrows move within. What is chosen goes where the caret stood.
 *
 * @import { Language, State } from '../types.d.ts'
 * @import { Emoji, EmojiData } from '../emoji.js'
 */

import { findEmoji } from '../emoji.js';
import { WORDS } from '../words.js';
import { hook, setText } from './elements.js';
import { keepRecent, loadEmoji, recentEmoji } from './emoji-store.js';
import { typeIn } from './keys.js';

const RECENT = 'recent';
/** Fewer than a row of them would open an almost empty box. */
const FEWEST_RECENT = 8;
/** More than these nobody looks through. */
const FOUND_LIMIT = 96;
/** As in styles/writing.css. */
const narrow = matchMedia('(width < 23.5rem)');
/** Where a keyboard covers half the screen, opening the picker must not call it, nor send it away. */
const hasKeys = matchMedia('(hover: hover) and (pointer: fine)');

/**
 * @param {HTMLTextAreaElement} box
 */
export function createPicker(box) {
  const panel = hook('picker');
  const opener = hook('picker-open');
  const search = /** @type {HTMLInputElement} */ (hook('picker-search'));
  const tabs = hook('picker-tabs');
  const grid = hook('picker-grid');
  const note = hook('picker-note');
  const name = hook('picker-name');
  /** @type {EmojiData | null} */
  let data = null;
  /** @type {Language} */
  let language = 'en';
  let group = RECENT;

  // The box keeps the focus, and a phone its keyboard.
  opener.addEventListener('pointerdown', (event) => event.preventDefault());
  opener.addEventListener('mousedown', (event) => event.preventDefault());
  opener.addEventListener('click', (event) => (panel.hidden ? void open(event.detail === 0) : close()));
  search.addEventListener('input', renderGrid);
  search.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'ArrowDown') moveTo(event, cells()[0]);
    else if (event.key === 'Enter') pressFirst(event);
  });
  tabs.addEventListener('keydown', onTabKey);
  grid.addEventListener('keydown', onGridKey);
  grid.addEventListener('click', (event) => {
    const cell = event.target instanceof Element ? event.target.closest('button') : null;
    if (cell) choose(cell.textContent, event.shiftKey);
  });
  grid.addEventListener('focusin', ({ target }) => target instanceof HTMLElement && showName(target));
  grid.addEventListener('pointerover', ({ target }) => target instanceof HTMLElement && showName(target));
  for (const place of [panel, box, opener]) place.addEventListener('keydown', onEscape);
  document.addEventListener('pointerdown', ({ target }) => {
    if (!(target instanceof Node) || panel.hidden || panel.contains(target) || opener.contains(target)) return;
    close();
  });
  panel.addEventListener('focusout', ({ relatedTarget }) => {
    const isElsewhere = relatedTarget instanceof Node && !panel.contains(relatedTarget);
    if (isElsewhere && relatedTarget !== opener && relatedTarget !== box) close();
  });
  narrow.addEventListener('change', () => !panel.hidden && renderGrid());

  /** @param {boolean} byKeyboard */
  async function open(byKeyboard) {
    panel.hidden = false;
    opener.setAttribute('aria-expanded', 'true');
    search.value = '';
    if (byKeyboard || hasKeys.matches) search.focus();
    if (!data) await load();
    if (panel.hidden || !data) return;
    group = recentEmoji().length >= FEWEST_RECENT ? RECENT : (data.groups[0]?.key ?? RECENT);
    renderTabs();
    renderGrid();
  }

  /** @param {KeyboardEvent} event */
  function onEscape(event) {
    if (event.key !== 'Escape' || event.isComposing || panel.hidden) return;
    event.preventDefault();
    close();
    box.focus();
  }

  async function load() {
    setText(note, WORDS[language]['emoji-loading']);
    try {
      data = await loadEmoji();
    } catch {
      setText(note, WORDS[language]['emoji-failed']);
    }
  }

  function close() {
    panel.hidden = true;
    opener.setAttribute('aria-expanded', 'false');
    grid.replaceChildren();
  }

  function renderTabs() {
    const keys = [RECENT, ...(data?.groups.map(({ key }) => key) ?? [])];
    tabs.replaceChildren(...keys.map(tab));
    tabs.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** @param {string} key */
  function tab(key) {
    const isChosen = key === group;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'picker-tab';
    button.id = `picker-tab-${key}`;
    button.textContent = key === RECENT ? '🕘' : (data?.groups.find((one) => one.key === key)?.emoji[0]?.emoji ?? '');
    button.title = WORDS[language][/** @type {'emoji-recent'} */ (`emoji-${key}`)];
    button.setAttribute('role', 'tab');
    button.setAttribute('aria-label', button.title);
    button.setAttribute('aria-selected', String(isChosen));
    button.setAttribute('aria-controls', grid.id);
    button.tabIndex = isChosen ? 0 : -1;
    button.addEventListener('click', () => chooseGroup(key));
    return button;
  }

  /** @param {string} key */
  function chooseGroup(key) {
    group = key;
    search.value = '';
    const hadFocus = tabs.contains(document.activeElement);
    renderTabs();
    renderGrid();
    if (hadFocus) /** @type {HTMLElement | null} */ (tabs.querySelector('[aria-selected="true"]'))?.focus();
  }

  function shownEmoji() {
    if (!data) return [];
    if (search.value.trim() !== '') return findEmoji(data, search.value, FOUND_LIMIT);
    if (group !== RECENT) return data.groups.find(({ key }) => key === group)?.emoji ?? [];
    const byEmoji = new Map(data.all.map((one) => [one.emoji, one]));
    return recentEmoji().flatMap((emoji) => byEmoji.get(emoji) ?? []);
  }

  function renderGrid() {
    const shown = shownEmoji();
    const isSearch = search.value.trim() !== '';
    const words = WORDS[language];
    const columns = columnCount();
    const rows = Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) =>
      gridRow(shown.slice(row * columns, (row + 1) * columns)),
    );
    grid.replaceChildren(...rows);
    grid.hidden = shown.length === 0;
    grid.scrollTop = 0;
    setText(name, '');
    const [first] = cells();
    if (first) first.tabIndex = 0;
    if (shown.length > 0) setText(note, isSearch ? words['emoji-found']({ count: shown.length }) : '');
    else setText(note, words[isSearch ? 'emoji-none' : 'emoji-none-recent']);
    note.classList.toggle('is-quiet', shown.length > 0);
  }

  /** @param {Emoji[]} emoji */
  function gridRow(emoji) {
    const row = document.createElement('div');
    row.className = 'picker-row';
    row.setAttribute('role', 'row');
    row.append(...emoji.map(cell));
    return row;
  }

  /** @param {Emoji} emoji */
  function cell({ emoji, labels, shortcodes }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'picker-cell';
    button.textContent = emoji;
    button.tabIndex = -1;
    button.setAttribute('role', 'gridcell');
    button.setAttribute('aria-label', labels[language]);
    button.dataset['name'] = `${labels[language]} :${shortcodes[0]}:`;
    return button;
  }

  /** @param {HTMLElement} target */
  function showName(target) {
    const told = target.dataset['name'];
    if (told) setText(name, told);
  }

  /** @returns {HTMLElement[]} */
  function cells() {
    return [...grid.querySelectorAll('button')];
  }

  /** @param {KeyboardEvent} event */
  function onGridKey(event) {
    const all = cells();
    const at = all.findIndex((cell) => cell === event.target);
    const columns = columnCount();
    const last = all.length - 1;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: last - at };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined || at < 0) return;
    if (event.key === 'ArrowUp' && at < columns) return moveTo(event, search);
    // The last row may be shorter.
    const isAboveLast = Math.floor(at / columns) < Math.floor(last / columns);
    moveTo(event, all[step === columns && isAboveLast ? Math.min(at + step, last) : at + step]);
  }

  /** @param {KeyboardEvent} event */
  function onTabKey(event) {
    const all = [...tabs.children];
    const at = all.findIndex((tab) => tab === event.target);
    const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: all.length - 1 - at };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (event.key === 'ArrowDown') return moveTo(event, cells()[0]);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    chooseGroup(all[(at + step + all.length) % all.length]?.id.replace('picker-tab-', '') ?? RECENT);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement | undefined} target
   */
  function moveTo(event, target) {
    event.preventDefault();
    if (!target) return;
    if (grid.contains(target)) for (const cell of cells()) cell.tabIndex = cell === target ? 0 : -1;
    target.focus();
  }

  /** @param {KeyboardEvent} event */
  function pressFirst(event) {
    event.preventDefault();
    const [first] = cells();
    if (first) choose(first.textContent, event.shiftKey);
  }

  /**
   * @param {string} emoji
   * @param {boolean} andMore the picker stays
   */
  function choose(emoji, andMore) {
    keepRecent(emoji);
    const back = document.activeElement;
    if (!andMore) close();
    typeIn(box, emoji);
    if (andMore && back instanceof HTMLElement && panel.contains(back)) back.focus();
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    if (state.place !== 'room' && !panel.hidden) close();
    if (state.language === before?.language) return;
    language = state.language;
    if (panel.hidden || !data) return;
    renderTabs();
    renderGrid();
  }

  return { render, close };
}

function columnCount() {
  return narrow.matches ? 6 : 8;
}
