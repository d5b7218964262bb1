/**
 * One's own lines that are not in the log yet, from the box to their place: `waiting`, `sent`, `acked`, gone. See
 * "Nothing lost, nothing doubled" in docs/protocol.md.
 *
 * @import { AckFrame, ErrorFrame, PageEvent, Pending, State } from '../types.d.ts'
 */

/** The most lines that may be on their way; after that a text stays in its box. */
export const PENDING_LIMIT = 200;
/** Together they are no longer than this, unless there is only one: the browser keeps them, too. UTF-16 units. */
export const PENDING_LENGTH = 512 * 1024;

/**
 * Whether there is room for one more.
 *
 * @param {readonly Pending[]} pending
 * @param {string} text
 */
export function hasRoomFor(pending, text) {
  if (pending.length === 0) return true;
  const length = pending.reduce((sum, line) => sum + line.text.length, text.length);
  return pending.length < PENDING_LIMIT && length <= PENDING_LENGTH;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {string} text
 * @returns {State}
 */
export function said(state, id, text) {
  /** @type {Pending} */
  const line = { id, text, status: 'waiting', epoch: null, after: 0, number: null, refusal: null };
  return { ...state, pending: [...state.pending, line] };
}

/**
 * A socket of this epoch has it.
 *
 * @param {State} state
 * @param {string} id
 * @returns {State}
 */
export function handedOver(state, id) {
  const { epoch, held } = state;
  const after = held !== null && held.epoch === epoch ? held.number : 0;
  return changed(state, id, (line) => (line.status === 'waiting' ? { ...line, status: 'sent', epoch, after } : line));
}

/**
 * It has its number. The line itself comes next, or stands in the log already.
 *
 * @param {State} state
 * @param {AckFrame} frame
 * @returns {State}
 */
export function acknowledged(state, { id, chat }) {
  const next = changed(state, id, (line) => ({ ...line, status: 'acked', number: chat }));
  return next === state ? state : { ...next, pending: settle(next) };
}

/**
 * @param {State} state
 * @param {ErrorFrame} frame
 * @returns {State}
 */
export function refusedLine(state, { ref, code }) {
  if (ref === undefined) return state;
  return changed(state, ref, (line) => ({ ...line, status: 'refused', number: null, refusal: code }));
}

/**
 * @param {State} state
 * @param {string} id
 * @returns {State}
 */
export function takenBack(state, id) {
  return { ...state, pending: state.pending.filter((line) => line.id !== id) };
}

/**
 * In another epoch, and for somebody else, nobody knows an id of before: what had been sent was heard, or not. It must
 * not be said again by itself.
 *
 * @param {State} state
 * @param {string | null} epoch the one that counts now; `null` if none does
 * @returns {State}
 */
export function otherEpoch(state, epoch) {
  const isSame = state.pending.every((line) => line.epoch === null || line.epoch === epoch || !isUnderWay(line));
  if (isSame) return state;
  const pending = state.pending
    // It is acknowledged: whoever was there heard it. The log tells that it restarted there.
    .filter((line) => line.status !== 'acked' || line.epoch === epoch)
    .map((line) => (line.status === 'sent' && line.epoch !== epoch ? unsure(line) : line));
  return { ...state, pending };
}

/** @param {Pending} line */
function isUnderWay(line) {
  return line.status === 'sent' || line.status === 'acked';
}

/**
 * @param {Pending} line
 * @returns {Pending}
 */
function unsure(line) {
  return { ...line, status: 'unsure', number: null };
}

/**
 * Lines of this person that an earlier page left behind. What is known already stays as it is.
 *
 * @param {State} state
 * @param {readonly Pending[]} lines
 * @returns {State}
 */
export function adopted(state, lines) {
  const known = new Set(state.pending.map((line) => line.id));
  const fresh = lines.filter((line) => !known.has(line.id));
  if (fresh.length === 0) return state;
  // They were said before whatever this page has said.
  const all = { ...state, pending: [...fresh, ...state.pending] };
  const next = state.epoch === null ? all : otherEpoch(all, state.epoch);
  return { ...next, pending: recognise(next) };
}

/**
 * Another page has taken these over: it says them.
 *
 * @param {State} state
 * @param {ReadonlySet<string>} ids
 * @returns {State}
 */
export function disowned(state, ids) {
  const pending = state.pending.filter((line) => !ids.has(line.id));
  return pending.length === state.pending.length ? state : { ...state, pending };
}

/**
 * The lines that remain: without those that have come to their place in the log.
 *
 * @param {State} state
 * @returns {readonly Pending[]}
 */
export function settle(state) {
  const { epoch, held, pending } = state;
  const last = held !== null && held.epoch === epoch ? held.number : 0;
  const left = pending.filter((line) => line.status !== 'acked' || (line.number ?? 0) > last);
  return left.length === pending.length ? pending : left;
}

/**
 * A line that was sent and whose `ack` was lost with the connection gets the number of the line of the log that it
 * seems to be, so that nobody sees it twice. It is said again all the same, and only the `ack` ends it.
 *
 * @param {State} state
 * @returns {readonly Pending[]}
 */
export function recognise(state) {
  const left = settle(state);
  const unknown = left.filter((line) => line.status === 'sent' && line.epoch === state.epoch && line.number === null);
  if (unknown.length === 0) return left;
  const found = ownLines(state, Math.min(...unknown.map((line) => line.after)), left);
  return left.map((line) => (unknown.includes(line) ? withNumber(line, found) : line));
}

/**
 * Own lines of the log behind `after` that are no other pending line's, oldest first.
 *
 * @param {State} state
 * @param {number} after
 * @param {readonly Pending[]} pending
 */
function ownLines({ log, me }, after, pending) {
  const taken = new Set(pending.map((line) => line.number));
  const lines = [];
  for (let n = log.length - 1; n >= 0; n -= 1) {
    const entry = log[n];
    if (entry?.kind === 'gap' && entry.gap === 'restarted') break;
    if (entry?.kind !== 'chat') continue;
    if (entry.id <= after) break;
    if (entry.user.id === me?.id && !taken.has(entry.id)) lines.unshift({ id: entry.id, text: entry.text });
  }
  return lines;
}

/**
 * @param {Pending} line
 * @param {{ id: number, text: string }[]} found the one that is taken goes
 * @returns {Pending}
 */
function withNumber(line, found) {
  const at = found.findIndex(({ id, text }) => id > line.after && text === line.text);
  const [own] = at < 0 ? [] : found.splice(at, 1);
  return own ? { ...line, number: own.id } : line;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {(line: Pending) => Pending} change
 * @returns {State}
 */
function changed(state, id, change) {
  const at = state.pending.findIndex((line) => line.id === id);
  const line = state.pending[at];
  if (!line) return state;
  const next = change(line);
  return next === line ? state : { ...state, pending: state.pending.with(at, next) };
}
