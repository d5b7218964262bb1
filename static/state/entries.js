/**
 * How entries come into the log and go out of it.
 *
 * @import { Entry, State } from '../types.d.ts'
 */

import { writableList } from './batch.js';

/** The most lines that the log keeps; older ones go first. */
export const LOG_LIMIT = 10_000;

/**
 * @template T
 * @typedef {T extends unknown ? Omit<T, 'key'> : never} WithoutKey
 */

/**
 * @param {State} state
 * @param {WithoutKey<Entry>} entry
 * @returns {State}
 */
export function append(state, entry) {
  const log = writableList(state.log);
  log.push(/** @type {Entry} */ ({ ...entry, key: state.nextKey }));
  return { ...state, log, nextKey: state.nextKey + 1 };
}

/**
 * The oldest lines go where there are too many. Once for each batch, since it moves all others.
 *
 * @param {State} state
 * @returns {State}
 */
export function trimmed(state) {
  if (state.log.length <= LOG_LIMIT) return state;
  return { ...state, log: state.log.slice(-LOG_LIMIT), older: { more: false, asked: state.older.asked } };
}
