/**
 * What the page knows. Pure: a state and an event give the next state. No DOM, no clock, no network.
 *
 * `conversation.js` feeds it what happened, `view.js` shows what comes out. Parts that did not change keep their
 * identity, so the view compares with `===`. The rooms of it are in `state/`: the log, the people, the lines on their
 * way, and what has been read.
 *
 * @import { AuthFrame, Cause, Entry, ErrorFrame, Language, Link, PageEvent, Pending, PresenceFrame, Refusal,
 *   ServerFrame, State, User } from './types.d.ts'
 */

import { inBatch } from './state/batch.js';
import { LOG_LIMIT, trimmed } from './state/entries.js';
import { gapTold, heard, historyCame } from './state/log.js';
import { awayTold, listed, presenceChanged, timePassed, typingTold } from './state/people.js';
import {
  acknowledged,
  adopted,
  disowned,
  handedOver,
  otherEpoch,
  refusedLine,
  said,
  takenBack,
} from './state/pending.js';
import { attentionChanged, readElsewhere, readOn } from './state/reading.js';

export { LOG_LIMIT };

/** After these the server hangs up with 1008, so they explain the close that follows. */
const LAST_WORDS = new Set(['name-taken', 'too-fast', 'too-many-sockets', 'kicked']);

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
    focused: true,
    way: null,
    ...emptyRoom(),
  };
}

/** What somebody knows who has just come in. */
function emptyRoom() {
  return {
    link: /** @type {Link} */ ({ status: 'connecting', cause: null }),
    limits: { text: 0, frames: 0 },
    epoch: null,
    held: /** @type {State['held']} */ (null),
    awaitsHistory: true,
    people: /** @type {ReadonlyMap<string, User>} */ (new Map()),
    version: 0,
    early: /** @type {readonly PresenceFrame[] | null} */ ([]),
    log: /** @type {readonly Entry[]} */ ([]),
    // Keys go on growing over a log-out: the view may still show rows of the one before.
    nextKey: 1,
    older: { more: false, asked: false },
    pending: /** @type {readonly Pending[]} */ ([]),
    typing: /** @type {State['typing']} */ (new Map()),
    away: /** @type {State['away']} */ (new Set()),
    departed: /** @type {State['departed']} */ (new Map()),
    read: /** @type {State['read']} */ (null),
    seenKey: null,
    lastWord: null,
    spoiled: /** @type {State['spoiled']} */ (null),
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
  return reduceAll(state, [event]);
}

/**
 * The state after all these events, in their order. A burst costs one copy of the log, not one for each frame.
 *
 * @param {State} state
 * @param {readonly PageEvent[]} events
 * @returns {State}
 */
export function reduceAll(state, events) {
  return inBatch(() => readOn(trimmed(events.reduce(happened, state))));
}

/**
 * @param {State} state
 * @param {PageEvent} event
 * @returns {State}
 */
function happened(state, event) {
  switch (event.type) {
    case 'language-chosen':
      return { ...state, language: event.language };
    case 'visibility-changed':
      return attentionChanged(state, { visible: event.visible });
    case 'focus-changed':
      return attentionChanged(state, { focused: event.focused });
    case 'read-elsewhere':
      return readElsewhere(state, event.read);
    case 'entering':
      return { ...state, entrance: { ...state.entrance, refusal: null, busy: true } };
    case 'entry-refused':
      return { ...state, entrance: { ...state.entrance, refusal: event.refusal, busy: false } };
    case 'entered':
      return entered(state, event);
    case 'signed-out':
      return signedOut(state, event.notice);
    case 'connecting':
      return { ...state, link: { status: 'connecting', cause: causeOf(state.link) } };
    case 'way-found':
      return { ...state, way: event.way };
    case 'lost':
      return { ...state, link: { status: 'waiting', cause: causeOfLoss(state, event.code), retryAt: event.retryAt } };
    case 'stopped':
      return { ...state, link: { status: 'stopped', cause: causeOfLastWord(state.lastWord) } };
    case 'diagnosed':
      return diagnosed(state, event.spoiled);
    case 'frame':
      return received(state, event.frame, event.now);
    case 'tick':
      return timePassed(state, event.now);
    case 'older-asked':
      return { ...state, older: { ...state.older, asked: true } };
    default:
      return ownLineHappened(state, event);
  }
}

/**
 * @param {State} state
 * @param {PageEvent} event
 * @returns {State}
 */
function ownLineHappened(state, event) {
  switch (event.type) {
    case 'said':
      return said(state, event.id, event.text);
    case 'handed-over':
      return handedOver(state, event.id);
    case 'taken-back':
      return takenBack(state, event.id);
    case 'adopted':
      return adopted(state, event.lines);
    case 'disowned':
      return disowned(state, event.ids);
    default:
      return state;
  }
}

/**
 * @param {State} state
 * @param {Extract<PageEvent, { type: 'entered' }>} event
 * @returns {State}
 */
function entered(state, { user, read = null }) {
  const entrance = { name: user.name, notice: null, refusal: null, busy: false };
  const next = { ...state, place: /** @type {const} */ ('room'), me: user, entrance, link: emptyRoom().link };
  // Ids count for one user only, so somebody else cannot say under them again what may have arrived.
  const mine = otherEpoch(next, null);
  return mine.held === null ? { ...mine, read, held: startBehind(read) } : mine;
}

/** So many lines that have been read are shown again to whoever loads the page anew. */
const SHOWN_AGAIN = 50;

/**
 * @param {State['read']} read
 * @returns {State['held']}
 */
function startBehind(read) {
  return read && { epoch: read.epoch, number: Math.max(0, read.number - SHOWN_AGAIN) };
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
  // What the operator says to somebody who is put out stands where they come to be.
  const refusal = notice === 'kicked' && state.lastWord ? refusalOf(state.lastWord) : null;
  const entrance = { name, notice, refusal, busy: false };
  const room = notice === 'name-taken' ? { link: emptyRoom().link } : { ...emptyRoom(), nextKey: state.nextKey };
  return { ...state, ...room, place: 'entrance', me: null, entrance, lastWord: null, unread: 0 };
}

/**
 * @param {ErrorFrame} frame
 * @returns {Refusal}
 */
function refusalOf({ code, message }) {
  return { status: 403, code, message };
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
function causeOfLoss({ epoch, spoiled }, code) {
  if (code === 1012) return 'restarting';
  if (code === 1013) return 'too-slow';
  if (spoiled !== null) return 'no-upgrade';
  // Who never got through mostly has a proxy in between that does not pass the upgrade on.
  return epoch === null ? 'never' : 'lost';
}

/** @param {State} state */
const isByWebSocket = ({ way }) => way === null || way === 'websocket';

/**
 * Why no socket comes through is known as soon as the server was asked, and not only with the next loss.
 *
 * @param {State} state
 * @param {State['spoiled']} spoiled
 * @returns {State}
 */
function diagnosed(state, spoiled) {
  const { link } = state;
  if (spoiled !== null && link.status !== 'open') return { ...state, spoiled, link: { ...link, cause: 'no-upgrade' } };
  // The answer may come when one is in already by another way.
  const known = isByWebSocket(state) ? null : spoiled;
  return state.spoiled === known ? state : { ...state, spoiled: known };
}

/**
 * @param {State['lastWord']} lastWord
 * @returns {Cause}
 */
function causeOfLastWord(lastWord) {
  const code = lastWord?.code;
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
    case 'history':
      return historyCame(state, frame);
    case 'gap':
      return gapTold(state, frame);
    case 'ack':
      return acknowledged(state, frame);
    case 'typing':
      return typingTold(state, frame, now);
    case 'away':
      return awayTold(state, frame);
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
  const next = otherEpoch(state, frame.epoch);
  return {
    ...next,
    me: frame.user,
    link: /** @type {Link} */ ({ status: 'open' }),
    limits: frame.limits,
    epoch: frame.epoch,
    awaitsHistory: true,
    older: { more: state.older.more, asked: false },
    early: [],
    // Whoever is away is told behind the history; nobody is said not to be.
    away: state.away.size > 0 ? new Set() : state.away,
    lastWord: null,
    // Whoever came in by another way may still want to know why.
    spoiled: isByWebSocket(state) ? null : state.spoiled,
  };
}

/**
 * @param {State} state
 * @param {ErrorFrame} frame
 * @returns {State}
 */
function refused(state, frame) {
  const next = refusedLine(state, frame);
  return LAST_WORDS.has(frame.code) ? { ...next, lastWord: frame } : next;
}
