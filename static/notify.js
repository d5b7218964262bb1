/**
 * When the person is told outside of the page that somebody said something, and what. No DOM: how a notification is
 * shown comes from outside.
 *
 * There is one at a time, of one tab, for all that is unread. It never tells of one's own lines, nor of what was said
 * before this page was there, and it goes when the lines are read, in whatever tab.
 *
 * @import { Entry, State } from './types.d.ts'
 */

import { WORDS } from './words.js';

/** A burst is one notification, and a tab where it is being read has the time to say so. Milliseconds. */
export const PAUSE = 700;
/** More of a text is cut off by every desktop. UTF-16 units. */
const TEXT_LIMIT = 200;

/**
 * @typedef {object} Around
 * @property {() => boolean} mayNotify whether it is this tab's business now
 * @property {() => import('./preferences.js').Wishes} wishes
 * @property {(title: string, body: string) => (() => void) | null} show gives what closes it; `null` if it did not work
 * @property {(run: () => void, delay: number) => unknown} after
 */

/** @typedef {Extract<Entry, { kind: 'chat' }>} Line */

export class Notifier {
  #around;
  /** What came before counts as known. @type {number | null} */
  #knownKey = null;
  /** What nobody was told of yet. @type {Line[]} */
  #fresh = [];
  #isDue = false;
  /** @type {State | null} */
  #state = null;
  /** @type {(() => void) | null} */
  #close = null;

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
  }

  /**
   * To be called for each new state.
   *
   * @param {State} state
   */
  changed(state) {
    this.#state = state;
    const lines = this.#newLines(state);
    if (state.place !== 'room' || state.unread === 0) {
      this.#fresh = [];
      this.#close?.();
      this.#close = null;
      return;
    }
    this.#fresh.push(...lines);
    if (lines.length === 0 || this.#isDue) return;
    this.#isDue = true;
    this.#around.after(() => {
      this.#isDue = false;
      this.#notify();
    }, PAUSE);
  }

  /**
   * Lines of others that came since the last call. The first that a page gets are history.
   *
   * @param {State} state
   * @returns {Line[]}
   */
  #newLines({ log, me, awaitsHistory }) {
    const last = log.at(-1)?.key ?? null;
    const known = this.#knownKey;
    if (last === null) {
      // An empty room: whatever comes now is news, once the history has told that there is none.
      this.#knownKey = awaitsHistory ? null : -Infinity;
      return [];
    }
    this.#knownKey = last;
    if (known === null || last === known) return [];
    const from = log.findLastIndex((entry) => entry.key <= known) + 1;
    return log.slice(from).filter((entry) => isLine(entry)).filter(({ user }) => user.id !== me?.id);
  }

  #notify() {
    const state = this.#state;
    const fresh = this.#fresh.filter((line) => !isRead(line, state));
    this.#fresh = [];
    const last = fresh.at(-1);
    const { notify, showText } = this.#around.wishes();
    if (!state || !last || state.unread === 0 || !notify || !this.#around.mayNotify()) return;
    // One that is there already would not come to the fore again.
    this.#close?.();
    const { title, body } = sentences(last, state, showText);
    this.#close = this.#around.show(title, body);
  }
}

/**
 * @param {Entry} entry
 * @returns {entry is Line}
 */
function isLine(entry) {
  return entry.kind === 'chat';
}

/**
 * @param {Line} line
 * @param {State | null} state
 */
function isRead(line, state) {
  return state?.read != null && state.read.epoch === state.epoch && state.read.number >= line.id;
}

/**
 * @param {Line} last
 * @param {State} state
 * @param {boolean} showText
 */
function sentences(last, { language, unread }, showText) {
  const words = WORDS[language];
  const { name } = last.user;
  const isOne = unread === 1;
  if (!showText) {
    return { title: isOne ? words['app-name'] : words['new-lines']({ count: unread }), body: words['notify-said']({ name }) };
  }
  const text = last.text.length > TEXT_LIMIT ? `${last.text.slice(0, TEXT_LIMIT)}…` : last.text;
  return isOne ? { title: name, body: text } : { title: words['new-lines']({ count: unread }), body: `${name}: ${text}` };
}
