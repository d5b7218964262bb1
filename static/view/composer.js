/**
 * The box in which one writes, and below the log the lines that have not come back yet.
 *
 * The text leaves the box only when it is on its way: without a connection it stays.
 *
 * @import { Actions, Language, Pending, State } from '../types.d.ts'
 */

import { utf8Bytes } from '../format.js';
import { WORDS, errorSentence } from '../words.js';
import { fromTemplate, hook, setText } from './elements.js';

/** From this part of the limit on, the bytes are told. */
const TELL_FROM = 0.8;
/** What a key event of an input method says in browsers that end the composition before it. */
const COMPOSING_KEY_CODE = 229;
/** A keyboard on glass says itself what its keys do. */
const hasKeys = matchMedia('(hover: hover), (pointer: fine)');

/**
 * @param {Actions} actions
 * @param {() => void} onSaid the log goes to its end, where one's own line will stand
 */
export function createComposer(actions, onSaid) {
  const form = hook('composer');
  const box = /** @type {HTMLTextAreaElement} */ (hook('text'));
  const button = hook('send');
  const hint = hook('composer-hint');
  const lines = hook('pending');
  const growsItself = CSS.supports('field-sizing', 'content');
  /** @type {State | null} */
  let shown = null;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return;
    // While composing, Enter takes the suggestion of the input method and nothing more.
    if (event.isComposing || event.keyCode === COMPOSING_KEY_CODE) return;
    event.preventDefault();
    send();
  });
  box.addEventListener('input', update);

  function send() {
    const text = tidy(box.value);
    if (text === '' || overLimit(text) > 0 || !actions.say(text)) return;
    box.value = '';
    update();
    box.focus();
    onSaid();
  }

  /** @param {string} text */
  function overLimit(text) {
    const limit = shown?.limits.text ?? 0;
    return limit === 0 ? 0 : utf8Bytes(text) - limit;
  }

  /** Fits box, button and hint to what is in the box. */
  function update() {
    if (!shown) return;
    const text = tidy(box.value);
    const over = overLimit(text);
    const isOpen = shown.link.status === 'open';
    button.setAttribute('aria-disabled', String(!isOpen || text === '' || over > 0));
    box.setAttribute('aria-invalid', String(over > 0));
    hint.classList.toggle('is-error', over > 0);
    setText(hint, hintSentence(shown, isOpen, text, over));
    if (!growsItself) {
      box.style.height = 'auto';
      box.style.height = `${box.scrollHeight}px`;
    }
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    shown = state;
    if (state.place !== 'room') {
      // The next one at this screen need not see what the last one wrote.
      if (before?.place === 'room' && state.entrance.notice === 'left') box.value = '';
      return;
    }
    update();
    const isSame = state.pending === before?.pending && state.language === before.language;
    // A line with a number stands in the log.
    const inSight = isSame ? [] : state.pending.filter((line) => line.number === null);
    if (!isSame) lines.replaceChildren(...inSight.map((line) => pendingRow(line, state.language)));
    if (before?.place !== 'room') box.focus();
  }

  /**
   * @param {Pending} line
   * @param {Language} language
   */
  function pendingRow(line, language) {
    const words = WORDS[language];
    const { element, part } = fromTemplate('pending');
    const isSettled = line.status === 'unsure' || line.status === 'refused';
    element.classList.toggle('is-settled', isSettled);
    part('text').textContent = line.text;
    part('note').textContent =
      line.status === 'refused' ? errorSentence(language, line.refusal) : words[`pending-${line.status}`];
    part('edit').textContent = words['pending-edit'];
    part('forget').textContent = words['pending-forget'];
    part('edit').hidden = part('forget').hidden = !isSettled;
    part('forget').addEventListener('click', () => actions.takeBack(line.id));
    part('edit').addEventListener('click', () => {
      box.value = box.value === '' ? line.text : `${line.text}\n${box.value}`;
      actions.takeBack(line.id);
      box.focus();
    });
    return element;
  }

  return { render };
}

/**
 * Without the empty lines before and the space behind, which nobody sees.
 *
 * @param {string} text
 */
function tidy(text) {
  return text.replace(/^\s*\n/u, '').trimEnd();
}

/**
 * @param {State} state
 * @param {boolean} isOpen
 * @param {string} text
 * @param {number} over bytes above the limit
 */
function hintSentence({ language, limits, link }, isOpen, text, over) {
  const words = WORDS[language];
  if (over > 0) return words['text-too-long']({ over });
  if (!isOpen && (text !== '' || link.status !== 'connecting')) return words['not-connected'];
  const bytes = limits.text + over;
  if (limits.text > 0 && bytes > limits.text * TELL_FROM) return words['text-bytes']({ bytes, limit: limits.text });
  return hasKeys.matches ? words['send-hint'] : '';
}
