/**
 * What has been read: the line up to which this person has seen everything, in any of their tabs, and what is new
 * since they looked away.
 *
 * @import { State, User } from '../types.d.ts'
 */

/**
 * Somebody else's, that is: one's own lines are never news.
 *
 * @param {State} state
 * @param {User} user
 */
export function others(state, user) {
  return user.id !== state.me?.id;
}

/**
 * The reader comes to the page or leaves it: it is hidden or shown, or its window gains or loses the focus.
 *
 * @param {State} state
 * @param {Partial<Pick<State, 'visible' | 'focused'>>} change
 * @returns {State}
 */
export function attentionChanged(state, change) {
  const next = { ...state, ...change };
  const was = state.visible && state.focused;
  const is = next.visible && next.focused;
  if (was && !is) return { ...next, seenKey: state.log.at(-1)?.key ?? null };
  if (is && !was) return { ...next, unread: 0, seenKey: hasNews(next) ? next.seenKey : null };
  return next;
}

/**
 * Whether others said something behind the line of the last visit. If not, nothing is new, and what comes now is
 * read at once.
 *
 * @param {State} state
 */
function hasNews(state) {
  const { log, seenKey } = state;
  if (seenKey === null) return false;
  for (let n = log.length - 1; n >= 0; n -= 1) {
    const entry = log[n];
    if (!entry || entry.key <= seenKey) return false;
    if (entry.kind === 'chat' && others(state, entry.user)) return true;
  }
  return false;
}

/**
 * Whoever looks at the page has read what stands in it.
 *
 * @param {State} state
 * @returns {State}
 */
export function readOn(state) {
  const { held, read, epoch } = state;
  if (!state.visible || !state.focused || held === null || held.epoch !== epoch || state.awaitsHistory) return state;
  if (read !== null && read.epoch === held.epoch && read.number >= held.number) return state;
  return { ...state, read: held };
}

/**
 * Another tab of the same person has shown the lines up to that one: they are no news here either.
 *
 * @param {State} state
 * @param {NonNullable<State['read']>} read
 * @returns {State}
 */
export function readElsewhere(state, read) {
  const isOlder = state.read !== null && state.read.epoch === read.epoch && state.read.number >= read.number;
  if (isOlder || (state.epoch !== null && read.epoch !== state.epoch)) return state;
  const next = { ...state, read };
  if (state.visible && state.focused) return next;
  const key = lastKeyUpTo(next, read.number);
  const seenKey = key !== null && key > (state.seenKey ?? -Infinity) ? key : state.seenKey;
  return { ...next, seenKey, unread: countNews(next, read.number) };
}

/**
 * A page that was loaded anew has its lines back from the server: puts the reader where they were.
 *
 * @param {State} state
 * @returns {State}
 */
export function resumeReading(state) {
  const { read, epoch } = state;
  if (read === null || read.epoch !== epoch) return state;
  const unread = countNews(state, read.number);
  const seenKey = unread > 0 ? lastKeyUpTo(state, read.number) : null;
  return { ...state, seenKey, unread: state.visible && state.focused ? 0 : unread };
}

/**
 * The key of the last entry with a number up to this one.
 *
 * @param {State} state
 * @param {number} number
 */
function lastKeyUpTo({ log }, number) {
  return log.findLast((entry) => entry.kind === 'chat' && entry.id <= number)?.key ?? null;
}

/**
 * @param {State} state
 * @param {number} number
 */
function countNews(state, number) {
  const { log } = state;
  let count = 0;
  for (let n = log.length - 1; n >= 0; n -= 1) {
    const entry = log[n];
    // Numbers before a restart have nothing to do with those after it.
    if (entry?.kind === 'gap' && entry.gap === 'restarted') break;
    if (entry?.kind !== 'chat') continue;
    if (entry.id <= number) break;
    if (others(state, entry.user)) count += 1;
  }
  return count;
}
