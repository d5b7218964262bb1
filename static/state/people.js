/**
 * Who is here, who has just gone, who is away and who is typing.
 *
 * @import { AwayFrame, PresenceFrame, State, TypingFrame, UserListFrame } from '../types.d.ts'
 */

import { writableMap } from './batch.js';
import { append } from './entries.js';

/** Whoever was typing and says no more of it has stopped. Milliseconds. */
export const TYPING_FOR = 6_000;
/** How long somebody who went is told of in the list of people. Milliseconds. */
export const DEPARTED_FOR = 120_000;
/** More than these are not told of. */
const DEPARTED_LIMIT = 50;

/**
 * The list is the truth up to its version; deltas that overtook it are applied afterwards, those that it contains
 * are ignored. On a socket that has its list, one asked for again tells nothing new: both travel in order.
 *
 * @param {State} state
 * @param {UserListFrame} frame
 * @returns {State}
 */
export function listed(state, frame) {
  if (state.early === null && frame.version <= state.version) return state;
  const people = new Map(frame.users.map((user) => [user.id, user]));
  const departed = new Map([...state.departed].filter(([id]) => !people.has(id)));
  const early = state.early ?? [];
  return early.reduce(presenceChanged, { ...state, people, departed, version: frame.version, early: null });
}

/**
 * @param {State} state
 * @param {PresenceFrame} frame
 * @returns {State}
 */
export function presenceChanged(state, frame) {
  if (state.early !== null) return { ...state, early: [...state.early, frame] };
  if (frame.version <= state.version) return state;
  const people = writableMap(state.people);
  if (frame.type === 'online') people.set(frame.user.id, frame.user);
  else people.delete(frame.user.id);
  const next = { ...state, people, version: frame.version };
  if (frame.user.id === state.me?.id) return next;
  const told = { ...next, departed: departedAfter(state, frame) };
  const { user, at } = frame;
  return frame.type === 'dropped'
    ? append(told, { kind: 'presence', change: 'dropped', reason: frame.reason, user, at })
    : append(told, { kind: 'presence', change: frame.type, user, at });
}

/**
 * @param {State} state
 * @param {PresenceFrame} frame
 * @returns {State['departed']}
 */
function departedAfter(state, { type, user, at }) {
  if (type === 'online' && !state.departed.has(user.id)) return state.departed;
  const departed = writableMap(state.departed);
  departed.delete(user.id);
  if (type === 'online') return departed;
  departed.set(user.id, { user, at, change: type });
  if (departed.size > DEPARTED_LIMIT) departed.delete(departed.keys().next().value ?? '');
  return departed;
}

/**
 * @param {State} state
 * @param {TypingFrame} frame
 * @param {number} now
 * @returns {State}
 */
export function typingTold(state, { users }, now) {
  const others = users.filter((user) => user.id !== state.me?.id);
  if (others.length === 0) return state;
  const typing = new Map(state.typing);
  for (const user of others) typing.set(user.id, { user, until: now + TYPING_FOR });
  return { ...state, typing };
}

/**
 * Whoever has said something is done typing it.
 *
 * @param {State} state
 * @param {string} id of the user
 * @returns {State}
 */
export function heardFrom(state, id) {
  if (!state.typing.has(id)) return state;
  const typing = new Map(state.typing);
  typing.delete(id);
  return { ...state, typing };
}

/**
 * @param {State} state
 * @param {AwayFrame} frame
 * @returns {State}
 */
export function awayTold(state, { users }) {
  return { ...state, away: new Set(users) };
}

/**
 * Forgets what counts only for a while.
 *
 * @param {State} state
 * @param {number} now
 * @returns {State}
 */
export function timePassed(state, now) {
  const typing = [...state.typing].filter(([, { until }]) => until > now);
  // Their time is the server's.
  const since = now + (state.clockOffset ?? 0) - DEPARTED_FOR;
  const departed = [...state.departed].filter(([, { at }]) => !(Date.parse(at) <= since));
  if (typing.length === state.typing.size && departed.length === state.departed.size) return state;
  return {
    ...state,
    typing: typing.length === state.typing.size ? state.typing : new Map(typing),
    departed: departed.length === state.departed.size ? state.departed : new Map(departed),
  };
}
