/** Changing what is in the box as if it had been typed: it can be undone, and `input` is told. */

/**
 * Puts `text` where the selection is, which it leaves behind the text.
 *
 * @param {HTMLTextAreaElement | HTMLInputElement} box has the focus
 * @param {string} text
 */
export function typeIn(box, text) {
  box.focus();
  // The one way that keeps the browser's own history of undoing; where it is gone, the text comes without.
  if (document.execCommand('insertText', false, text)) return;
  box.setRangeText(text, box.selectionStart ?? 0, box.selectionEnd ?? 0, 'end');
  box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
}

/**
 * @param {HTMLTextAreaElement} box
 * @param {number} from
 * @param {number} to
 * @param {string} text
 */
export function replace(box, from, to, text) {
  box.focus();
  box.setSelectionRange(from, to);
  typeIn(box, text);
}

/** There Ctrl and a letter move the caret. */
const isMac = /^(Mac|iP)/.test(navigator.platform);
/** What surrounds the selection, by the key that is pressed with Ctrl or ⌘. @type {Record<string, string>} */
const MARKS = { b: '**', i: '*', e: '`' };

/**
 * Bold, italic and code by keyboard; the same key takes the marks away again.
 *
 * @param {HTMLTextAreaElement} box
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key was one of these
 */
export function wrapByKey(box, event) {
  const isHeld = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  const isShortcut = isHeld && !event.altKey && !event.shiftKey;
  const mark = isShortcut ? MARKS[event.key.toLowerCase()] : undefined;
  if (mark === undefined) return false;
  const { selectionStart: from, selectionEnd: to, value } = box;
  const selected = value.slice(from, to);
  const size = mark.length;
  if (isWrapped(value, from, to, mark)) {
    replace(box, from - size, to + size, selected);
    box.setSelectionRange(from - size, to - size);
  } else {
    replace(box, from, to, mark + selected + mark);
    box.setSelectionRange(from + size, to + size);
  }
  return true;
}

/**
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {string} mark
 */
function isWrapped(text, from, to, mark) {
  const opening = /(.)\1*$/s.exec(text.slice(0, from))?.[0] ?? '';
  const closing = /^(.)\1*/s.exec(text.slice(to))?.[0] ?? '';
  if (!opening.startsWith(mark) || !closing.startsWith(mark)) return false;
  // Two stars are bold, and not italic twice.
  return mark !== '*' || (opening.length % 2 === 1 && closing.length % 2 === 1);
}
