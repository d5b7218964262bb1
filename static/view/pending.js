/**
 * The lines of one's own that are not in the log yet: how far each has come, and what can be done about one that
 * failed.
 *
 * @import { Actions, Language, Pending, State } from '../types.d.ts'
 */

import { WORDS, errorSentence } from '../words.js';
import { fromTemplate, hook, setText } from './elements.js';
import { renderText } from './text.js';

/** @typedef {{ element: HTMLElement, part: (name: string) => HTMLElement }} Row */

/**
 * @param {Actions} actions
 * @param {(text: string) => void} backToBox
 * @param {() => void} focusBox
 */
export function createPending(actions, backToBox, focusBox) {
  const lines = hook('pending');
  const status = hook('pending-status');
  /** Rows stay as long as their line, so that a focused button is not taken away. @type {Map<string, Row>} */
  const rows = new Map();

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    const isOtherLanguage = state.language !== before?.language;
    if (state.pending === before?.pending && !isOtherLanguage) return;
    const known = new Map(before?.pending.map((line) => [line.id, line]));
    // A line with a number stands in the log.
    const shown = state.pending.filter((line) => line.number === null);
    for (const id of rows.keys()) if (!shown.some((line) => line.id === id)) removeRow(id);
    for (const [index, line] of shown.entries()) {
      const row = rows.get(line.id) ?? addRow(line, state);
      if (lines.children[index] !== row.element) lines.insertBefore(row.element, lines.children[index] ?? null);
      if (known.get(line.id) !== line || isOtherLanguage) fill(row, line, state.language);
    }
    announce(state, known);
  }

  /** @param {string} id */
  function removeRow(id) {
    const element = rows.get(id)?.element;
    // Whoever pressed its button goes on writing.
    const hadFocus = element?.contains(document.activeElement);
    element?.remove();
    rows.delete(id);
    if (hadFocus) focusBox();
  }

  /**
   * @param {Pending} line
   * @param {State} state
   * @returns {Row}
   */
  function addRow({ id, text }, { people, me }) {
    const row = fromTemplate('pending');
    row.part('text').append(renderText(text, { people, me }));
    row.part('again').addEventListener('click', () => {
      actions.sayAgain(id);
      focusBox();
    });
    row.part('edit').addEventListener('click', () => {
      backToBox(text);
      actions.takeBack(id);
      focusBox();
    });
    row.part('forget').addEventListener('click', () => {
      actions.takeBack(id);
      focusBox();
    });
    rows.set(id, row);
    return row;
  }

  /**
   * @param {Row} row
   * @param {Pending} line
   * @param {Language} language
   */
  function fill({ element, part }, line, language) {
    const words = WORDS[language];
    const isFailed = line.status === 'unsure' || line.status === 'refused';
    element.dataset['status'] = line.status;
    element.classList.toggle('is-failed', isFailed);
    setText(part('note'), sentence(line, language));
    for (const name of /** @type {const} */ (['again', 'edit', 'forget'])) {
      part(name).textContent = words[`pending-${name}`];
    }
    part('again').hidden = !isFailed;
    // What no socket has had yet can be taken back; what one has had is out of our hands until it fails.
    part('edit').hidden = part('forget').hidden = !isFailed && line.status !== 'waiting';
  }

  /**
   * Says, once, that a line has failed.
   *
   * @param {State} state
   * @param {Map<string, Pending>} known
   */
  function announce({ pending, language }, known) {
    const failed = pending.filter(
      (line) => (line.status === 'unsure' || line.status === 'refused') && known.get(line.id)?.status !== line.status,
    );
    const [first] = failed;
    const words = WORDS[language];
    if (first) setText(status, words['pending-failed']({ count: failed.length, why: sentence(first, language) }));
    else if (pending.length === 0) setText(status, '');
  }

  return { render };
}

/**
 * @param {Pending} line
 * @param {Language} language
 */
function sentence(line, language) {
  return line.status === 'refused' ? errorSentence(language, line.refusal) : WORDS[language][`pending-${line.status}`];
}
