/**
 * How an entry of the log stands to the one before it: on another day, or as more of the same author. Pure.
 *
 * @import { Entry, State, User } from '../../types.d.ts'
 */

import { isSameDay } from '../../format.js';

/** Lines of one author this close together stand as one group. Milliseconds. */
const GROUP_SPAN = 5 * 60_000;

/**
 * Whether a new day begins here. A gap has no time of its own, so the line behind it says its day again.
 *
 * @param {Entry} entry
 * @param {Entry | undefined} previous
 */
export function beginsDay(entry, previous) {
  if (entry.kind === 'gap') return false;
  return previous === undefined || previous.kind === 'gap' || !isSameDay(previous.at, entry.at);
}

/**
 * Whether this is more of what the one before has said.
 *
 * @param {Entry} entry
 * @param {Entry | undefined} previous
 */
export function continues(entry, previous) {
  if (entry.kind !== 'chat' || previous?.kind !== 'chat' || previous.user.id !== entry.user.id) return false;
  if (previous.user.name !== entry.user.name || beginsDay(entry, previous)) return false;
  const span = Date.parse(entry.at) - Date.parse(previous.at);
  return span >= 0 && span < GROUP_SPAN;
}

/**
 * What was there before and what has come, as the keys tell: they only ever grow towards the end.
 *
 * @param {readonly Entry[]} log
 * @param {{ first: number, last: number } | null} shown the keys of what is shown; `null` where nothing is
 * @returns {{ older: number, newer: number }} so many at its beginning are new; from this index on all are
 */
export function changes(log, shown) {
  if (shown === null) return { older: 0, newer: 0 };
  const older = log.findIndex((entry) => entry.key >= shown.first);
  const newer = log.findLastIndex((entry) => entry.key <= shown.last) + 1;
  return { older: older < 0 ? newer : Math.min(older, newer), newer };
}

/**
 * What others said behind the line up to which the reader has seen all.
 *
 * @param {Pick<State, 'log' | 'seenKey' | 'me'>} state
 * @returns {{ key: number, count: number } | null} before which entry the news begin, and how many lines they are
 */
export function news({ log, seenKey, me }) {
  if (seenKey === null) return null;
  let [count, key] = [0, 0];
  for (let n = log.length - 1; n >= 0; n -= 1) {
    const entry = log[n];
    if (!entry || entry.key <= seenKey) break;
    key = entry.key;
    if (isOthers(entry, me)) count += 1;
  }
  return count > 0 ? { key, count } : null;
}

/**
 * @param {Entry} entry
 * @param {User | null} me
 */
export function isOthers(entry, me) {
  return entry.kind === 'chat' && entry.user.id !== me?.id;
}
