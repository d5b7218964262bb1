/**
 * What was said and who came and went: one row per entry of the log, with a divider where a day begins.
 *
 * The log follows a reader who is at its end. Whoever scrolled up stays where they are and is told how much is new.
 *
 * @import { Entry, Language, State } from '../types.d.ts'
 */

import { day, isSameDay } from '../format.js';
import { WORDS, droppedSentence } from '../words.js';
import { fillTime, fromTemplate, hook, paintAvatar, setText } from './elements.js';

/** The most rows that stand in the page, dividers included. */
const ROW_LIMIT = 500;
/** Lines of one author this close together stand as one group. Milliseconds. */
const GROUP_SPAN = 5 * 60_000;
/** A reader this close to the end is at the end. CSS pixels. */
const NEAR_END = 48;

export function createLog() {
  const rows = hook('log');
  const scroller = hook('scroller');
  const empty = hook('empty');
  const button = hook('new');
  let following = true;
  let unseen = 0;
  /** @type {Language} */
  let language = 'en';

  scroller.addEventListener('scroll', () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    if (following) setUnseen(0);
  });
  button.addEventListener('click', toEnd);
  // The window, the keyboard of a phone, a growing text box or a row that wraps: each moves the end.
  const observer = new ResizeObserver(() => following && jumpToEnd());
  observer.observe(scroller);
  for (const child of scroller.children) observer.observe(child);

  function jumpToEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function toEnd() {
    following = true;
    setUnseen(0);
    jumpToEnd();
  }

  /** @param {number} count */
  function setUnseen(count) {
    unseen = count;
    button.hidden = count === 0;
    if (count > 0) setText(button, WORDS[language]['new-lines']({ count }));
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    const anew = state.language !== before?.language || state.log.length === 0;
    if (state.log === before?.log && !anew) return;
    language = state.language;
    if (anew) rows.replaceChildren();
    const last = anew ? 0 : (before?.log.at(-1)?.key ?? 0);
    const from = state.log.findLastIndex((entry) => entry.key <= last) + 1;
    appendFrom(state, from);
    while (rows.childElementCount > ROW_LIMIT) rows.firstElementChild?.remove();
    // An invitation to speak, for a room where somebody hears it.
    empty.hidden = state.link.status !== 'open' || state.log.some((entry) => entry.kind === 'chat');
    const fresh = anew ? 0 : state.log.slice(from).filter((entry) => isOthers(entry, state)).length;
    if (state.log.length === 0) toEnd();
    else if (following) jumpToEnd();
    else setUnseen(unseen + fresh);
  }

  /**
   * @param {State} state
   * @param {number} from index into the log
   */
  function appendFrom(state, from) {
    const fragment = document.createDocumentFragment();
    for (const [index, entry] of state.log.entries()) {
      if (index < from) continue;
      const previous = state.log[index - 1];
      if (beginsDay(entry, previous)) fragment.append(divider(day(timeOf(entry), language), 'is-day'));
      fragment.append(row(entry, previous, state));
    }
    rows.append(fragment);
  }

  return { render, toEnd };
}

/**
 * @param {Entry} entry
 * @param {State} state
 */
function isOthers(entry, state) {
  return entry.kind === 'chat' && entry.user.id !== state.me?.id;
}

/** @param {Entry} entry */
function timeOf(entry) {
  return entry.kind === 'gap' ? '' : entry.at;
}

/**
 * @param {Entry} entry
 * @param {Entry | undefined} previous
 */
function beginsDay(entry, previous) {
  if (entry.kind === 'gap') return false;
  return previous === undefined || (previous.kind !== 'gap' && !isSameDay(previous.at, entry.at));
}

/**
 * @param {Entry} entry
 * @param {Entry | undefined} previous
 * @param {State} state
 */
function row(entry, previous, { language, me }) {
  if (entry.kind === 'chat') return said(entry, previous, language, me?.id === entry.user.id);
  if (entry.kind === 'presence') return quiet(entry, language);
  const words = WORDS[language];
  if (entry.gap === 'restarted') return divider(words['gap-restarted'], 'is-gap');
  return divider(entry.lines === null ? words['gap-unknown'] : words['gap-missed']({ count: entry.lines }), 'is-gap');
}

/**
 * @param {Extract<Entry, { kind: 'chat' }>} entry
 * @param {Entry | undefined} previous
 * @param {Language} language
 * @param {boolean} isOwn
 */
function said(entry, previous, language, isOwn) {
  const { element, part } = fromTemplate('said');
  element.classList.toggle('is-own', isOwn);
  element.classList.toggle('is-continued', continues(entry, previous));
  paintAvatar(part('avatar'), entry.user);
  // The author's colour is the avatar's.
  element.style.setProperty('--hue', part('avatar').style.getPropertyValue('--hue'));
  part('name').textContent = isOwn ? WORDS[language]['said-by-you'] : entry.user.name;
  part('text').textContent = entry.text;
  fillTime(part('time'), entry.at, language);
  return element;
}

/**
 * @param {Extract<Entry, { kind: 'chat' }>} entry
 * @param {Entry | undefined} previous
 */
function continues(entry, previous) {
  if (previous?.kind !== 'chat' || previous.user.id !== entry.user.id) return false;
  if (previous.user.name !== entry.user.name || !isSameDay(previous.at, entry.at)) return false;
  return Date.parse(entry.at) - Date.parse(previous.at) < GROUP_SPAN;
}

/**
 * @param {Extract<Entry, { kind: 'presence' }>} entry
 * @param {Language} language
 */
function quiet(entry, language) {
  const { element, part } = fromTemplate('quiet');
  element.classList.add(`is-${entry.change}`);
  part('text').textContent = presenceSentence(entry, language);
  fillTime(part('time'), entry.at, language);
  return element;
}

/**
 * @param {Extract<Entry, { kind: 'presence' }>} entry
 * @param {Language} language
 */
function presenceSentence(entry, language) {
  // A name that runs from right to left must not turn the sentence round: FIRST STRONG ISOLATE and its end.
  const name = `\u2068${entry.user.name}\u2069`;
  const words = WORDS[language];
  if (entry.change === 'dropped') return droppedSentence(language, entry.reason, name);
  return words[entry.change === 'online' ? 'came-online' : 'went-offline']({ name });
}

/**
 * @param {string} text
 * @param {'is-day' | 'is-gap'} kind
 */
function divider(text, kind) {
  const { element, part } = fromTemplate('divider');
  element.classList.add(kind);
  part('text').textContent = text;
  return element;
}
