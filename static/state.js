/**
 * What the page knows. Pure: a state and an event give the next state. No DOM, no clock, no network.
 *
 * `chat.js` feeds it what happened, `view.js` shows what comes out. Parts that did not change keep their identity, so
 * the view compares with `===`.
 *
 * @import { AuthFrame, Cause, ChatFrame, Entry, ErrorFrame, Language, Link, PageEvent, Pending, PresenceFrame,
 *   ServerFrame, State, User, UserListFrame } from './types.d.ts'
 */

/** The most lines that the log keeps; older ones go first. */
export const LOG_LIMIT = 500;

/** After these the server hangs up with 1008, so they explain the close that follows. */
const LAST_WORDS = new Set(['name-taken', 'too-fast', 'too-many-sockets']);

/**
 * @param {Language} language
 * @returns {State}
 */
export function initialState(language) {
  return {
    language,
    place: 'starting',
    entrance: { name: '', notice: null, refusal: null, busy: false },
    me: null,
    visible: true,
    ...emptyRoom(),
  };
}

/** What somebody knows who has just come in. */
function emptyRoom() {
  return {
    link: /** @type {Link} */ ({ status: 'connecting', cause: null }),
    limits: { text: 0, frames: 0 },
    epoch: null,
    lastId: null,
    people: /** @type {ReadonlyMap<string, User>} */ (new Map()),
    version: 0,
    early: /** @type {readonly PresenceFrame[] | null} */ ([]),
    log: /** @type {readonly Entry[]} */ ([]),
    // Keys go on growing over a log-out: the view may still show rows of the one before.
    nextKey: 1,
    pending: /** @type {readonly Pending[]} */ ([]),
    lastWord: null,
    clockOffset: null,
    unread: 0,
  };
}

/**
 * The state after `event`.
 *
 * @param {State} state
 * @param {PageEvent} event
 * @returns {State}
 */
export function reduce(state, event) {
  switch (event.type) {
    case 'language-chosen':
      return { ...state, language: event.language };
    case 'visibility-changed':
      return { ...state, visible: event.visible, unread: event.visible ? 0 : state.unread };
    case 'entering':
      return { ...state, entrance: { ...state.entrance, refusal: null, busy: true } };
    case 'entry-refused':
      return { ...state, entrance: { ...state.entrance, refusal: event.refusal, busy: false } };
    case 'entered':
      return entered(state, event.user);
    case 'signed-out':
      return signedOut(state, event.notice);
    case 'connecting':
      return { ...state, link: { status: 'connecting', cause: causeOf(state.link) } };
    case 'lost':
      return disconnected(state, { status: 'waiting', cause: causeOfLoss(state, event.code), retryAt: event.retryAt });
    case 'stopped':
      return disconnected(state, { status: 'stopped', cause: causeOfLastWord(state.lastWord) });
    case 'frame':
      return received(state, event.frame, event.now);
    case 'said':
      return {
        ...state,
        pending: [...state.pending, { ref: event.ref, text: event.text, status: 'sent', refusal: null }],
      };
    case 'taken-back':
      return { ...state, pending: state.pending.filter((line) => line.ref !== event.ref) };
    default:
      return state;
  }
}

/**
 * @param {State} state
 * @param {User} user
 * @returns {State}
 */
function entered(state, user) {
  const entrance = { name: user.name, notice: null, refusal: null, busy: false };
  return { ...state, place: 'room', me: user, entrance, link: { status: 'connecting', cause: null } };
}

/**
 * Shows the entrance. What was said is forgotten, since the next one at this screen may be somebody else; only who
 * lost nothing but the name keeps it, and the suggestion to take a similar one.
 *
 * @param {State} state
 * @param {State['entrance']['notice']} notice
 * @returns {State}
 */
function signedOut(state, notice) {
  const name = notice === 'left' ? '' : (state.me?.name ?? '');
  const entrance = { name, notice, refusal: null, busy: false };
  const room = notice === 'name-taken' ? { link: emptyRoom().link } : { ...emptyRoom(), nextKey: state.nextKey };
  return { ...state, ...room, place: 'entrance', me: null, entrance, lastWord: null, unread: 0 };
}

/**
 * Whatever was on its way when the connection broke may have arrived or not; nobody can tell.
 *
 * @param {State} state
 * @param {Link} link
 * @returns {State}
 */
function disconnected(state, link) {
  const pending = state.pending.some((line) => line.status === 'sent')
    ? state.pending.map((line) => (line.status === 'sent' ? { ...line, status: /** @type {const} */ ('unsure') } : line))
    : state.pending;
  return { ...state, link, pending };
}

/**
 * @param {Link} link
 * @returns {Cause | null}
 */
function causeOf(link) {
  return link.status === 'open' ? null : link.cause;
}

/**
 * @param {State} state
 * @param {number} code of the close, RFC 6455 section 7.4.1 and its registry
 * @returns {Cause}
 */
function causeOfLoss({ epoch }, code) {
  if (code === 1012) return 'restarting';
  if (code === 1013) return 'too-slow';
  // Who never got through mostly has a proxy in between that does not pass the upgrade on.
  return epoch === null ? 'never' : 'lost';
}

/**
 * @param {State['lastWord']} code
 * @returns {Cause}
 */
function causeOfLastWord(code) {
  return code === 'too-fast' || code === 'too-many-sockets' ? code : 'refused';
}

/**
 * @param {State} state
 * @param {ServerFrame} frame
 * @param {number} now
 * @returns {State}
 */
function received(state, frame, now) {
  switch (frame.type) {
    case 'auth':
      return greeted(state, frame);
    case 'user-list':
      return listed(state, frame);
    case 'online':
    case 'offline':
    case 'dropped':
      return presenceChanged(state, frame);
    case 'chat':
      return heard(state, frame);
    case 'server-time': {
      const offset = Date.parse(frame.at) - now;
      return Number.isNaN(offset) ? state : { ...state, clockOffset: offset };
    }
    case 'error':
      return refused(state, frame);
    default:
      // A newer server may say more than this page understands.
      return state;
  }
}

/**
 * @param {State} state
 * @param {AuthFrame} frame
 * @returns {State}
 */
function greeted(state, frame) {
  const greeted = {
    ...state,
    me: frame.user,
    link: /** @type {Link} */ ({ status: 'open' }),
    limits: frame.limits,
    epoch: frame.epoch,
    early: [],
    lastWord: null,
  };
  if (state.epoch === null || state.epoch === frame.epoch) return greeted;
  // Numbers start anew in every epoch, so none of the old ones may be compared with the new.
  return append({ ...greeted, lastId: null }, { kind: 'gap', gap: 'restarted' });
}

/**
 * The list is the truth up to its version; deltas that overtook it are applied afterwards, those that it contains
 * are ignored. On a socket that has its list, one asked for again tells nothing new: both travel in order.
 *
 * @param {State} state
 * @param {UserListFrame} frame
 * @returns {State}
 */
function listed(state, frame) {
  if (state.early === null && frame.version <= state.version) return state;
  const people = new Map(frame.users.map((user) => [user.id, user]));
  const early = state.early ?? [];
  return early.reduce(presenceChanged, { ...state, people, version: frame.version, early: null });
}

/**
 * @param {State} state
 * @param {PresenceFrame} frame
 * @returns {State}
 */
function presenceChanged(state, frame) {
  if (state.early !== null) return { ...state, early: [...state.early, frame] };
  if (frame.version <= state.version) return state;
  const people = new Map(state.people);
  if (frame.type === 'online') people.set(frame.user.id, frame.user);
  else people.delete(frame.user.id);
  const next = { ...state, people, version: frame.version };
  if (frame.user.id === state.me?.id) return next;
  const { user, at } = frame;
  return frame.type === 'dropped'
    ? append(next, { kind: 'presence', change: 'dropped', reason: frame.reason, user, at })
    : append(next, { kind: 'presence', change: frame.type, user, at });
}

/**
 * @param {State} state
 * @param {ChatFrame} frame
 * @returns {State}
 */
function heard(state, frame) {
  const last = state.lastId;
  if (last !== null && frame.id <= last) return state;
  const missed = last === null ? 0 : frame.id - last - 1;
  const before = missed > 0 ? append(state, { kind: 'gap', gap: 'missed', lines: missed }) : state;
  const { id, user, text, at } = frame;
  const after = { ...append(before, { kind: 'chat', id, user, text, at }), lastId: id };
  if (user.id === state.me?.id) return { ...after, pending: withoutEcho(state.pending, text) };
  return state.visible ? after : { ...after, unread: state.unread + 1 };
}

/**
 * Without the line that came back as `text`. Nothing on the wire joins the two yet, so the text itself must.
 *
 * @param {readonly Pending[]} pending
 * @param {string} text
 */
function withoutEcho(pending, text) {
  const at = pending.findIndex((line) => line.status !== 'refused' && line.text.trim() === text.trim());
  return at < 0 ? pending : pending.toSpliced(at, 1);
}

/**
 * @param {State} state
 * @param {ErrorFrame} frame
 * @returns {State}
 */
function refused(state, frame) {
  const pending = state.pending.map((line) =>
    line.ref === frame.ref ? { ...line, status: /** @type {const} */ ('refused'), refusal: frame.code } : line,
  );
  return { ...state, pending, lastWord: LAST_WORDS.has(frame.code) ? frame.code : state.lastWord };
}

/**
 * @template T
 * @typedef {T extends unknown ? Omit<T, 'key'> : never} WithoutKey
 */

/**
 * @param {State} state
 * @param {WithoutKey<Entry>} entry
 * @returns {State}
 */
function append(state, entry) {
  const log = [...state.log, /** @type {Entry} */ ({ ...entry, key: state.nextKey })].slice(-LOG_LIMIT);
  return { ...state, log, nextKey: state.nextKey + 1 };
}
