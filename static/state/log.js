/**
 * The log: what was said, in the order of the server, with a word wherever something is missing.
 *
 * `held` is the promise behind it: the page has the line with that number of that epoch, and all before it that can be
 * had. It is what a socket names when it comes back, so it only moves when the log does.
 *
 * @import { ChatFrame, Entry, GapFrame, HistoryFrame, State } from '../types.d.ts'
 */

import { LOG_LIMIT, append } from './entries.js';
import { heardFrom } from './people.js';
import { recognise, settle } from './pending.js';
import { others, resumeReading } from './reading.js';

/** How many older lines are asked for at once; the protocol allows 100. */
export const OLDER_LINES = 100;

/**
 * @param {State} state
 * @param {ChatFrame} frame
 * @returns {State}
 */
export function heard(state, frame) {
  const last = lastNumber(state);
  if (frame.id <= last) return state;
  // The server leaves no hole. A page that finds one all the same says so.
  const missed = last === 0 ? 0 : frame.id - last - 1;
  const before = missed > 0 ? append(state, { kind: 'gap', gap: 'missed', lines: missed }) : state;
  const after = heardFrom(appendLine(before, frame), frame.user.id);
  if (frame.user.id === state.me?.id) {
    // An `ack` comes before its line. A line without one is another tab's, or one that this page took over from it.
    const isClaimed = state.pending.some((line) => line.number === frame.id);
    return { ...after, pending: isClaimed ? settle(after) : recognise(after) };
  }
  return state.visible && state.focused ? after : { ...after, unread: state.unread + 1 };
}

/**
 * @param {State} state
 * @param {ChatFrame} frame
 * @returns {State}
 */
function appendLine(state, { id, user, text, at }) {
  const epoch = state.epoch ?? '';
  return { ...append(state, { kind: 'chat', id, user, text, at }), held: { epoch, number: id } };
}

/**
 * The number of the last line of this epoch that the page holds; 0 before the first.
 *
 * @param {State} state
 */
export function lastNumber({ epoch, held }) {
  return held !== null && held.epoch === epoch ? held.number : 0;
}

/**
 * Between what is held and the history that comes next something cannot be had. Whatever is told here is not told
 * again, should the connection break before the history: so `held` takes it in.
 *
 * @param {State} state
 * @param {GapFrame} frame
 * @returns {State}
 */
export function gapTold(state, frame) {
  const older = { more: false, asked: false };
  if (frame.reason === 'restarted') {
    return { ...append(state, { kind: 'gap', gap: 'restarted', lines: null }), held: null, older };
  }
  if (frame.reason === 'unknown' || state.held === null) {
    return { ...append(state, { kind: 'gap', gap: 'missed', lines: null }), held: null, older };
  }
  return tooOld({ ...state, older }, state.held, frame.missing ?? null);
}

/**
 * @param {State} state
 * @param {NonNullable<State['held']>} held
 * @param {number | null} missing
 * @returns {State}
 */
function tooOld(state, held, missing) {
  const lines = missedLines(state, held, missing);
  const next = missing === null ? state : { ...state, held: { ...held, number: held.number + missing } };
  return lines === 0 ? next : append(next, { kind: 'gap', gap: 'missed', lines });
}

/**
 * How many lines are missing here. A page that was loaded anew asks for some that had been read, too; those that
 * cannot be had any more are no loss.
 *
 * @param {State} state
 * @param {NonNullable<State['held']>} held
 * @param {number | null} missing
 */
function missedLines({ log, read }, held, missing) {
  if (missing === null) return null;
  const wasLoadedAnew = !log.some((entry) => entry.kind === 'chat');
  const known = Math.max(held.number, wasLoadedAnew && read?.epoch === held.epoch ? read.number : 0);
  // Whoever came before the first line knows nothing of those that were said before.
  return known === 0 ? null : Math.max(0, held.number + missing - known);
}

/**
 * @param {State} state
 * @param {HistoryFrame} frame
 * @returns {State}
 */
export function historyCame(state, frame) {
  if (state.awaitsHistory) return caughtUp(state, frame);
  return state.older.asked ? prepend(state, frame) : state;
}

/**
 * The history of the greeting: what is new goes behind all else, and from here on `chat` goes on without a hole.
 *
 * @param {State} state
 * @param {HistoryFrame} frame
 * @returns {State}
 */
function caughtUp(state, { lines, more, last }) {
  const wasEmpty = !state.log.some((entry) => entry.kind === 'chat');
  const after = lines.filter((line) => line.id > lastNumber(state)).reduce(historyLine, state);
  const greeted = {
    ...after,
    // Where nothing could be shown, the server says where the room stands.
    held: { epoch: state.epoch ?? '', number: Math.max(lastNumber(after), last ?? 0) },
    awaitsHistory: false,
    // Where lines stood before, what is before the first of them has not changed.
    older: wasEmpty ? { more, asked: false } : { ...state.older, asked: false },
  };
  const next = { ...greeted, pending: recognise(greeted) };
  return wasEmpty ? resumeReading(next) : next;
}

/**
 * @param {State} state
 * @param {ChatFrame} line
 * @returns {State}
 */
function historyLine(state, line) {
  const next = appendLine(state, line);
  return others(state, line.user) && !(state.visible && state.focused) ? { ...next, unread: next.unread + 1 } : next;
}

/**
 * What was said before the first line of the log. Keys go on downwards, so that they still order the log.
 *
 * @param {State} state
 * @param {HistoryFrame} frame
 * @returns {State}
 */
function prepend(state, { lines, more }) {
  const before = firstNumber(state);
  const older = lines.filter((line) => line.id < before);
  const key = (state.log[0]?.key ?? state.nextKey) - older.length;
  /** @type {Entry[]} */
  const entries = older.map(({ id, user, text, at }, n) => ({ key: key + n, kind: 'chat', id, user, text, at }));
  const log = [...entries, ...state.log];
  const hasRoom = log.length + OLDER_LINES <= LOG_LIMIT;
  return { ...state, log, older: { more: more && older.length > 0 && hasRoom, asked: false } };
}

/**
 * The number before which older lines are to be had: that of the first line of the log.
 *
 * @param {State} state
 */
export function firstNumber(state) {
  const first = state.log.find((entry) => entry.kind === 'chat');
  return first?.kind === 'chat' ? first.id : lastNumber(state) + 1;
}
