/**
 * The box in which one writes, and what belongs to it: completion, picker, lines on their way, who else is typing.
 *
 * A text leaves the box only when it is taken: without a connection it is, and waits.
 *
 * @import { Actions, State } from '../types.d.ts'
 */

import { draftOf, keepDraft } from '../drafts.js';
import { utf8Bytes } from '../format.js';
import { WORDS } from '../words.js';
import { createCompletion } from './completion.js';
import { createComposing } from './composing.js';
import { hook, setText } from './elements.js';
import { typeIn, wrapByKey } from './keys.js';
import { createPending } from './pending.js';
import { createPicker } from './picker.js';
import { createTyping } from './typing.js';

/** From this part of the limit on, the bytes are told. */
const TELL_FROM = 0.8;
/** What the server refuses: controls other than tab and line ends. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;
/** A keyboard on glass says itself what its keys do. */
const hasKeys = matchMedia('(hover: hover), (pointer: fine)');

/** @typedef {'no-files' | 'too-many' | 'controls-removed'} Remark */

/**
 * @param {Actions} actions
 * @param {() => void} onSaid the log goes to its end, where one's own line will stand
 */
export function createComposer(actions, onSaid) {
  const form = hook('composer');
  const box = /** @type {HTMLTextAreaElement} */ (hook('text'));
  const button = hook('send');
  const hint = hook('composer-hint');
  const growsItself = CSS.supports('field-sizing', 'content');
  /** @type {State | null} */
  let shown = null;
  /** What was just done to the text or not, until it changes. @type {Remark | null} */
  let remark = null;

  const composing = createComposing();
  const picker = createPicker(box);
  const completion = createCompletion(box, () => shown, picker.close);
  const pending = createPending(actions, backToBox, () => box.focus());
  const typing = createTyping();

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  // Pressing it takes the focus from the box, and the keyboard from a phone, before anything is sent.
  button.addEventListener('pointerdown', (event) => event.preventDefault());
  button.addEventListener('mousedown', (event) => event.preventDefault());
  box.addEventListener('compositionstart', () => composing.started());
  box.addEventListener('compositionend', (event) => {
    composing.ended(event);
    completion.update();
  });
  box.addEventListener('keyup', () => composing.released());
  box.addEventListener('keydown', onKey);
  box.addEventListener('input', (event) => onInput(/** @type {InputEvent} */ (event)));
  box.addEventListener('paste', onPaste);
  for (const type of /** @type {const} */ (['dragover', 'drop'])) document.addEventListener(type, onDrag);

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (composing.takes(event)) return;
    const isTaken = completion.takes(event) || wrapByKey(box, event);
    const isSend = !isTaken && event.key === 'Enter' && !event.shiftKey;
    if (isTaken || isSend) event.preventDefault();
    if (isSend) send();
  }

  /** @param {InputEvent} event */
  function onInput({ isComposing, data }) {
    remark = null;
    changed();
    if (box.value !== '') actions.typing();
    // Keyboards of phones compose whatever is typed; with others the list would stand beside that of the method.
    if (isComposing && hasKeys.matches) return;
    if (/[:：]$/.test(data ?? '')) completion.finish();
    completion.update();
  }

  /** The text is another one. */
  function changed() {
    if (shown?.me) keepDraft(shown.me.id, box.value);
    update();
  }

  /**
   * A text box takes text alone; what else there was is told, and controls that nobody sees are left out.
   *
   * @param {ClipboardEvent} event
   */
  function onPaste(event) {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const hasFiles = (event.clipboardData?.files.length ?? 0) > 0;
    const tidied = text.replaceAll(CONTROLS, '');
    if (tidied === text && !(hasFiles && text === '')) return;
    event.preventDefault();
    if (tidied !== '') typeIn(box, tidied);
    tell(tidied === text ? 'no-files' : 'controls-removed');
  }

  /**
   * A file that is dropped would be opened by the browser, in place of the chat.
   *
   * @param {DragEvent} event
   */
  function onDrag(event) {
    if (shown?.place !== 'room' || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    if (event.type === 'drop') tell('no-files');
  }

  /** @param {Remark} what */
  function tell(what) {
    remark = what;
    update();
  }

  function send() {
    const text = tidy(box.value);
    if (text === '' || faultOf(text)) return;
    if (!actions.say(text)) return tell('too-many');
    completion.close();
    picker.close();
    box.value = '';
    remark = null;
    changed();
    box.focus();
    onSaid();
  }

  /**
   * Why the server would not have it.
   *
   * @param {string} text
   * @returns {{ over: number } | 'controls' | null}
   */
  function faultOf(text) {
    const limit = shown?.limits.text ?? 0;
    const over = limit === 0 ? 0 : utf8Bytes(text) - limit;
    if (over > 0) return { over };
    return text.search(CONTROLS) < 0 ? null : 'controls';
  }

  /** @param {string} text */
  function backToBox(text) {
    box.value = box.value === '' ? text : `${text}\n${box.value}`;
    changed();
  }

  /** Fits box, button and hint to what is in the box. */
  function update() {
    if (!shown) return;
    const text = tidy(box.value);
    const fault = faultOf(text);
    button.setAttribute('aria-disabled', String(text === '' || fault !== null));
    box.setAttribute('aria-invalid', String(fault !== null));
    hint.classList.toggle('is-error', fault !== null);
    hint.classList.toggle('is-remark', fault === null && remark !== null);
    setText(hint, hintSentence(shown, text, fault, remark));
    if (!growsItself) {
      box.style.height = 'auto';
      box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
    }
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    shown = state;
    picker.render(state, before);
    if (state.place !== 'room') {
      completion.close();
      // The next one at this screen need not see what the last one wrote.
      if (before?.place === 'room' && state.entrance.notice === 'left') forget(before);
      return;
    }
    const isNew = before?.place !== 'room';
    if (isNew && state.me && box.value === '') box.value = draftOf(state.me.id);
    update();
    pending.render(state, before);
    typing.render(state, before);
    if (isNew) box.focus();
  }

  /** @param {State} before */
  function forget({ me }) {
    box.value = '';
    if (me) keepDraft(me.id, '');
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
 * @param {string} text
 * @param {{ over: number } | 'controls' | null} fault
 * @param {Remark | null} remark
 */
function hintSentence({ language, limits, link }, text, fault, remark) {
  const words = WORDS[language];
  if (fault === 'controls') return words['text-controls'];
  if (fault) return words['text-too-long'](fault);
  if (remark) return words[`remark-${remark}`];
  if (link.status !== 'open' && (text !== '' || link.status !== 'connecting')) return words['not-connected'];
  const bytes = limits.text === 0 ? 0 : utf8Bytes(text);
  if (bytes > limits.text * TELL_FROM) return words['text-bytes']({ bytes, limit: limits.text });
  return hasKeys.matches ? words['send-hint'] : '';
}
