/**
 * The list that offers names and emoji while one types. Focus stays in the box; the box tells which option is meant.
 *
 * @import { State } from '../types.d.ts'
 * @import { Choice, Token } from '../completion.js'
 */

import { emojiChoices, finishedShortcode, nameChoices, tokenAt } from '../completion.js';
import { WORDS } from '../words.js';
import { fromTemplate, hook, setText } from './elements.js';
import { emojiNow, keepRecent, loadEmoji } from './emoji-store.js';
import { replace } from './keys.js';

/**
 * @param {HTMLTextAreaElement} box
 * @param {() => State | null} stateNow
 * @param {() => void} onOpen makes room
 */
export function createCompletion(box, stateNow, onOpen) {
  const list = hook('completion');
  const status = hook('completion-status');
  /** @type {Token | null} */
  let token = null;
  /** @type {Choice[]} */
  let choices = [];
  let active = 0;
  /** Where the sign stands whose list was closed by hand. */
  let dismissed = -1;

  box.addEventListener('blur', close);
  box.addEventListener('click', () => update());
  // Options take no focus from the box.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('mousedown', (event) => event.preventDefault());

  /** Looks again at what stands before the caret. */
  function update() {
    const state = stateNow();
    const isCaret = box.selectionStart === box.selectionEnd && document.activeElement === box;
    token = state && isCaret ? tokenAt(box.value, box.selectionStart) : null;
    if (token?.from !== dismissed) dismissed = -1;
    if (!state || !token || dismissed >= 0) return close();
    choices = choicesFor(token, state);
    active = 0;
    if (choices.length === 0) close();
    else open(state);
  }

  /**
   * @param {Token} token
   * @param {State} state
   */
  function choicesFor({ kind, query }, { people, me, language }) {
    if (kind === 'name') return nameChoices(query, people, me);
    const data = emojiNow();
    if (data) return emojiChoices(query, data, language);
    fetchLists(update);
    return [];
  }

  /**
   * Without the lists nothing is offered, and nothing else is missing.
   *
   * @param {() => void} then
   */
  function fetchLists(then) {
    // Each key would ask a server that is not there.
    if (stateNow()?.link.status === 'open') loadEmoji().then(then, () => {});
  }

  /** @param {State} state */
  function open({ language }) {
    const words = WORDS[language];
    if (list.hidden) onOpen();
    list.replaceChildren(...choices.map(option));
    list.setAttribute('aria-label', words[token?.kind === 'name' ? 'complete-names' : 'complete-emoji']);
    list.hidden = false;
    box.setAttribute('aria-controls', list.id);
    setText(status, words['complete-count']({ count: choices.length }));
    mark();
  }

  /**
   * @param {Choice} choice
   * @param {number} index
   */
  function option({ symbol, label, detail }, index) {
    const { element, part } = fromTemplate('option');
    element.id = `completion-${index}`;
    part('symbol').textContent = symbol;
    part('label').textContent = label;
    part('detail').textContent = detail;
    element.addEventListener('click', () => pick(index));
    return element;
  }

  function mark() {
    for (const [index, element] of [...list.children].entries()) {
      element.setAttribute('aria-selected', String(index === active));
      if (index === active) element.scrollIntoView({ block: 'nearest' });
    }
    box.setAttribute('aria-activedescendant', `completion-${active}`);
  }

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    list.replaceChildren();
    choices = [];
    box.removeAttribute('aria-activedescendant');
    box.removeAttribute('aria-controls');
    setText(status, '');
  }

  /** @param {number} index */
  function pick(index) {
    const choice = choices[index];
    if (!choice || !token) return;
    if (token.kind === 'emoji') keepRecent(choice.insert);
    const { from } = token;
    close();
    replace(box, from, box.selectionStart, choice.insert);
  }

  /**
   * A key that no input method wants.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was for the list
   */
  function takes(event) {
    if (list.hidden || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        active = (active + (event.key === 'ArrowDown' ? 1 : choices.length - 1)) % choices.length;
        mark();
        return true;
      case 'Enter':
      case 'Tab':
        pick(active);
        return true;
      case 'Escape':
        dismissed = token?.from ?? -1;
        close();
        return true;
      case 'ArrowLeft':
      case 'ArrowRight':
      case 'Home':
      case 'End':
        // The caret goes elsewhere.
        close();
        return false;
      default:
        return false;
    }
  }

  /** The colon that ends `:smile:` has just been typed. */
  function finish() {
    const data = emojiNow();
    const caret = box.selectionStart;
    if (!data) return fetchLists(() => box.selectionStart === caret && finish());
    const found = finishedShortcode(box.value, caret, data);
    if (!found) return;
    keepRecent(found.insert);
    replace(box, found.from, caret, found.insert);
  }

  return { update, takes, finish, close };
}
