import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LOG_LIMIT, initialState, reduce, reduceAll } from '../../static/state.js';

/** @import { PageEvent, PresenceFrame, ServerFrame, State } from '../../static/types.d.ts' */

const ADA = { id: '000000000000000a', name: 'Ada' };
const BEA = { id: '000000000000000b', name: 'Bea' };
const EVE = { id: '000000000000000e', name: 'Eve' };
const AT = '2026-11-25T17:43:03.123Z';
const NOW = Date.parse(AT);

/** @param {string} epoch @returns {ServerFrame} */
const auth = (epoch = 'e1') => ({
  type: 'auth',
  user: ADA,
  socket: '0000000000000001',
  protocol: 'tertulia.v1',
  heartbeat: { interval: 20_000, timeout: 45_000 },
  limits: { text: 4096, frames: 20 },
  epoch,
});
/** @param {number} version @param {import('../../static/types.d.ts').User[]} users @returns {ServerFrame} */
const list = (version, users) => ({ type: 'user-list', users, version });
/** @param {number} id @param {string} text @param {import('../../static/types.d.ts').User} user @returns {ServerFrame} */
const chat = (id, text = `line ${id}`, user = BEA) => ({ type: 'chat', id, user, text, at: AT });
/** @param {(number | ServerFrame)[]} lines @returns {import('../../static/types.d.ts').HistoryFrame} */
const history = (...lines) => ({
  type: 'history',
  lines: lines.map((line) => /** @type {import('../../static/types.d.ts').ChatFrame} */ (typeof line === 'number' ? chat(line) : line)),
  more: false,
});
/** @param {'online' | 'offline'} type @param {number} version @param {import('../../static/types.d.ts').User} user @returns {PresenceFrame} */
const change = (type, version, user) => ({ type, user, version, at: AT });

/**
 * @param {State} state
 * @param {(ServerFrame | PageEvent)[]} events frames of the server and events of the page, as they happen
 */
function after(state, ...events) {
  const FRAMES = ['auth', 'user-list', 'online', 'offline', 'dropped', 'chat', 'server-time', 'error', 'ack', 'gap', 'history'];
  return events.reduce(
    (state, it) =>
      reduce(
        state,
        FRAMES.includes(it.type) || ('users' in it && ['typing', 'away'].includes(it.type))
          ? { type: 'frame', frame: /** @type {ServerFrame} */ (it), now: NOW }
          : /** @type {PageEvent} */ (it),
      ),
    state,
  );
}

/** Ada is in the room, alone with Bea. */
const inside = () =>
  after(initialState('en'), { type: 'entered', user: ADA }, { type: 'connecting' }, auth(), list(2, [ADA, BEA]), history());
/** @param {State} state */
const names = (state) => [...state.people.values()].map((user) => user.name).sort();
/** @param {State} state */
const texts = (state) => state.log.map((entry) => (entry.kind === 'chat' ? entry.text : entry.kind));
/** @type {PageEvent} */
const LOST = { type: 'lost', code: 1006, retryAt: NOW + 500 };

test('deltas up to the version of the list are in it already', () => {
  const state = after(inside(), change('offline', 2, BEA), change('online', 1, EVE));
  assert.deepEqual(names(state), ['Ada', 'Bea']);
  assert.deepEqual(state.log, []);
});

test('deltas after the list change it and are told', () => {
  const state = after(inside(), change('online', 3, EVE), change('offline', 4, BEA));
  assert.deepEqual(names(state), ['Ada', 'Eve']);
  assert.deepEqual(
    state.log.map((entry) => entry.kind === 'presence' && [entry.user.name, entry.change]),
    [['Eve', 'online'], ['Bea', 'offline']],
  );
});

test('a loss tells its reason', () => {
  const state = after(inside(), { type: 'dropped', user: BEA, version: 3, at: AT, reason: 'heartbeat-timeout' });
  assert.deepEqual(names(state), ['Ada']);
  assert.equal(state.log[0]?.kind === 'presence' && state.log[0].change === 'dropped' && state.log[0].reason, 'heartbeat-timeout');
});

test('one is not told of oneself', () => {
  assert.deepEqual(after(inside(), change('online', 3, ADA)).log, []);
});

test('deltas that overtake the list are applied after it', () => {
  const state = after(inside(), LOST, { type: 'connecting' }, auth(), change('online', 7, EVE), list(6, [ADA]));
  assert.deepEqual(names(state), ['Ada', 'Eve']);
  assert.equal(state.version, 7);
});

test('a list older than the deltas since changes nothing', () => {
  const state = after(inside(), change('online', 3, EVE), list(2, [ADA, BEA]));
  assert.deepEqual(names(state), ['Ada', 'Bea', 'Eve']);
});

test('any order of list and deltas gives the list of the server', () => {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const users = Array.from({ length: 6 }, (_, n) => ({ id: `user-${n}`, name: `User ${n}` }));
  for (let round = 0; round < 300; round += 1) {
    /** @type {Map<string, import('../../static/types.d.ts').User>} */
    const here = new Map();
    /** @type {ServerFrame[]} */
    const frames = [auth()];
    const snapshotAt = Math.floor(random() * 20);
    // Some of the deltas that the snapshot contains come late, some of those after it come early.
    const deliveredAt = snapshotAt + Math.floor(random() * 9) - 4;
    /** @type {ServerFrame} */
    let snapshot = list(0, []);
    /** @type {ServerFrame[]} */
    const deltas = [];
    for (let version = 1; version <= 20; version += 1) {
      const user = users[Math.floor(random() * users.length)] ?? ADA;
      if (version === snapshotAt + 1) snapshot = list(snapshotAt, [...here.values()]);
      if (here.delete(user.id)) deltas.push(change('offline', version, user));
      else {
        here.set(user.id, user);
        deltas.push(change('online', version, user));
      }
    }
    frames.push(...deltas.toSpliced(Math.max(0, deliveredAt), 0, snapshot));
    const state = after(after(initialState('en'), { type: 'entered', user: ADA }), ...frames);
    assert.deepEqual(names(state), [...here.values()].map((user) => user.name).sort());
  }
});

test('what was missed stands where it belongs', () => {
  const state = after(inside(), chat(4), LOST, { type: 'connecting' }, auth(), list(2, [ADA, BEA]), history(5, 6), chat(7));
  assert.deepEqual(texts(state), ['line 4', 'line 5', 'line 6', 'line 7']);
});

test('what cannot be had is counted, and told once though the connection breaks again at once', () => {
  /** @type {ServerFrame} */
  const gap = { type: 'gap', reason: 'too-old', missing: 3 };
  const cut = after(inside(), chat(4), LOST, { type: 'connecting' }, auth(), gap, LOST, { type: 'connecting' });
  assert.deepEqual(cut.held, { epoch: 'e1', number: 7 });
  const state = after(cut, auth(), history(8), chat(9));
  assert.deepEqual(texts(state), ['line 4', 'gap', 'line 8', 'line 9']);
  assert.deepEqual(state.log[1], { key: 2, kind: 'gap', gap: 'missed', lines: 3 });
});

test('a hole that nobody told of is told all the same', () => {
  assert.deepEqual(texts(after(inside(), chat(4), chat(8))), ['line 4', 'gap', 'line 8']);
});

test('the first line that one sees misses nothing', () => {
  assert.deepEqual(texts(after(inside(), chat(80))), ['line 80']);
});

test('a line that comes twice stands once', () => {
  assert.deepEqual(texts(after(inside(), chat(4), chat(4), chat(3))), ['line 4']);
});

test('another epoch is told, and its numbers start anew', () => {
  const state = after(inside(), chat(40), LOST, { type: 'connecting' }, auth('e2'), list(1, [ADA]), { type: 'gap', reason: 'restarted' }, history(1), chat(2));
  assert.deepEqual(texts(state), ['line 40', 'gap', 'line 1', 'line 2']);
  assert.equal(state.log[1]?.kind === 'gap' && state.log[1].gap, 'restarted');
  assert.equal(state.version, 1);
});

test('the log keeps its limit, and keys go on', () => {
  const many = Array.from({ length: LOG_LIMIT + 20 }, (_, n) => chat(n + 1));
  const state = reduceAll(inside(), many.map((frame) => ({ type: 'frame', frame, now: NOW })));
  assert.equal(state.log.length, LOG_LIMIT);
  assert.equal(texts(state)[0], 'line 21');
  assert.equal(state.log.at(-1)?.key, LOG_LIMIT + 20);
});

/** @param {string} id @param {string} text @returns {PageEvent[]} */
const sent = (id, text) => [{ type: 'said', id, text }, { type: 'handed-over', id }];
/** @param {string} id @param {number} number @returns {ServerFrame} */
const ack = (id, number) => ({ type: 'ack', id, chat: number, at: AT });
/** @param {State} state */
const fates = (state) => state.pending.map(({ id, status, number }) => [id, status, number]);

test('a line waits, is sent, is acknowledged, and is gone once it stands in the log', () => {
  let state = after(inside(), { type: 'said', id: 'a', text: 'hello' });
  assert.deepEqual(fates(state), [['a', 'waiting', null]]);
  state = after(state, { type: 'handed-over', id: 'a' });
  assert.deepEqual(fates(state), [['a', 'sent', null]]);
  state = after(state, chat(1, 'hello', BEA));
  assert.deepEqual(fates(state), [['a', 'sent', null]], 'somebody else may say the same');
  state = after(state, ack('a', 2));
  assert.deepEqual(fates(state), [['a', 'acked', 2]]);
  assert.deepEqual(fates(after(state, chat(2, 'hello', ADA))), []);
});

test('a line whose connection broke is still sent in the same epoch, and unsure in another', () => {
  const cut = after(inside(), ...sent('a', 'hello'), { type: 'said', id: 'b', text: 'later' }, LOST, { type: 'connecting' });
  assert.deepEqual(fates(cut), [['a', 'sent', null], ['b', 'waiting', null]]);
  assert.deepEqual(fates(after(cut, auth(), history())), [['a', 'sent', null], ['b', 'waiting', null]]);
  const restarted = after(cut, auth('e2'));
  assert.deepEqual(fates(restarted), [['a', 'unsure', null], ['b', 'waiting', null]]);
  assert.deepEqual(fates(after(restarted, { type: 'taken-back', id: 'a' })), [['b', 'waiting', null]]);
});

test('a line that stands in the history is not shown a second time while its ack is lost', () => {
  const cut = after(inside(), chat(4, 'hello', ADA), ...sent('a', 'hello'), ...sent('b', 'hello'), LOST, { type: 'connecting' });
  const back = after(cut, auth(), history(chat(5, 'hello', ADA)));
  assert.deepEqual(fates(back), [['a', 'sent', 5], ['b', 'sent', null]], 'the one before it is another');
  assert.deepEqual(fates(after(back, ack('a', 5))), [['b', 'sent', null]]);
  const wrong = after(back, ack('a', 6));
  assert.deepEqual(fates(wrong), [['a', 'acked', 6], ['b', 'sent', null]], 'another tab said the same');
  assert.deepEqual(fates(after(wrong, chat(6, 'hello', ADA))), [['b', 'sent', null]]);
});

test('a line taken over from another page is not shown twice when that one had sent it', () => {
  /** @type {import('../../static/types.d.ts').Pending} */
  const line = { id: 'a', text: 'hello', status: 'sent', epoch: 'e1', after: 4, number: null, refusal: null };
  const late = after(inside(), chat(4, 'hello', ADA), { type: 'adopted', lines: [line] });
  assert.deepEqual(fates(late), [['a', 'sent', null]], 'the one before it is another');
  assert.deepEqual(fates(after(late, chat(5, 'hello', ADA))), [['a', 'sent', 5]]);
  const stands = after(inside(), chat(5, 'hello', ADA), { type: 'adopted', lines: [line] });
  assert.deepEqual(fates(stands), [['a', 'sent', 5]]);
  assert.equal(after(stands, { type: 'adopted', lines: [line] }), stands, 'once is enough');
  const old = after(inside(), { type: 'adopted', lines: [{ ...line, epoch: 'e0' }] });
  assert.deepEqual(fates(old), [['a', 'unsure', null]]);
});

test('a refused line says why, and no other does', () => {
  const state = after(
    inside(),
    ...sent('a', 'hello'),
    ...sent('b', ' '),
    { type: 'error', code: 'empty-text', message: 'there is nothing to read', ref: 'b' },
  );
  assert.deepEqual(state.pending.map(({ status, refusal }) => [status, refusal]), [['sent', null], ['refused', 'empty-text']]);
});

test('somebody else cannot say again what may have arrived', () => {
  const out = after(inside(), chat(1), ...sent('a', 'hello'), { type: 'signed-out', notice: 'name-taken' });
  assert.deepEqual(fates(after(out, { type: 'entered', user: EVE })), [['a', 'unsure', null]]);
});

test('each close code has its cause', () => {
  for (const [code, cause] of /** @type {const} */ ([[1006, 'lost'], [1001, 'lost'], [1012, 'restarting'], [1013, 'too-slow']])) {
    const { link } = after(inside(), { type: 'lost', code, retryAt: NOW });
    assert.deepEqual(link, { status: 'waiting', cause, retryAt: NOW });
  }
});

test('the cause of a loss stands until one is greeted again', () => {
  const trying = after(inside(), { type: 'lost', code: 1013, retryAt: NOW }, { type: 'connecting' });
  assert.deepEqual(trying.link, { status: 'connecting', cause: 'too-slow' });
  assert.deepEqual(after(trying, auth()).link, { status: 'open' });
});

test('the last word before a refusal is its cause', () => {
  /** @type {ServerFrame} */
  const error = { type: 'error', code: 'too-fast', message: 'too many frames' };
  assert.deepEqual(after(inside(), error, { type: 'stopped' }).link, { status: 'stopped', cause: 'too-fast' });
  assert.deepEqual(after(inside(), { type: 'stopped' }).link, { status: 'stopped', cause: 'refused' });
  const later = after(inside(), error, LOST, { type: 'connecting' }, auth(), { type: 'stopped' });
  assert.deepEqual(later.link, { status: 'stopped', cause: 'refused' }, 'an earlier socket does not speak for a later one');
});

test('who leaves takes what was said along', () => {
  const state = after(inside(), chat(1), { type: 'signed-out', notice: 'left' });
  assert.equal(state.place, 'entrance');
  assert.equal(state.me, null);
  assert.deepEqual(state.log, []);
  assert.equal(state.people.size, 0);
  assert.equal(state.entrance.name, '');
});

test('who lost only the name keeps the conversation', () => {
  const state = after(inside(), chat(1), { type: 'signed-out', notice: 'name-taken' });
  assert.deepEqual(texts(state), ['line 1']);
  assert.equal(state.entrance.name, 'Ada');
  assert.equal(state.entrance.notice, 'name-taken');
});

test('unread lines are those of others while the page is hidden', () => {
  const hidden = after(inside(), chat(1), { type: 'visibility-changed', visible: false }, chat(2), chat(3, 'mine', ADA), chat(4));
  assert.equal(hidden.unread, 2);
  assert.equal(after(hidden, { type: 'visibility-changed', visible: true }).unread, 0);
});

test('the clock is corrected by the difference to the server', () => {
  const ahead = { type: /** @type {const} */ ('server-time'), at: new Date(NOW + 90_000).toISOString() };
  assert.equal(after(inside(), ahead).clockOffset, 90_000);
  assert.equal(after(inside(), ahead, { type: 'server-time', at: 'noon' }).clockOffset, 90_000);
});

test('a frame of a newer server changes nothing', () => {
  const state = inside();
  assert.equal(reduce(state, { type: 'frame', frame: /** @type {any} */ ({ type: 'dance' }), now: NOW }), state);
});

test('a refused name keeps the form, and the next try clears the refusal', () => {
  const refusal = { status: 409, code: 'name-taken', message: 'taken' };
  const refused = after(initialState('en'), { type: 'signed-out', notice: null }, { type: 'entering' }, { type: 'entry-refused', refusal });
  assert.deepEqual(refused.entrance, { name: '', notice: null, refusal, busy: false });
  assert.deepEqual(after(refused, { type: 'entering' }).entrance, { name: '', notice: null, refusal: null, busy: true });
});

test('a connection that never came through has a cause of its own', () => {
  const entered = after(initialState('en'), { type: 'entered', user: { id: '00000000000000aa', name: 'Ada' } });
  const { link } = after(entered, { type: 'lost', code: 1006, retryAt: NOW });
  assert.equal(link.status !== 'open' && link.cause, 'never');
});

test('what a proxy takes from handshakes is told at once, and until a socket comes through', () => {
  const entered = after(initialState('en'), { type: 'entered', user: ADA });
  /** @type {PageEvent} */
  const diagnosed = { type: 'diagnosed', spoiled: ['Upgrade: websocket'] };
  const cause = (/** @type {State} */ { link }) => (link.status === 'open' ? null : link.cause);
  const told = after(entered, LOST, { type: 'connecting' }, diagnosed);
  assert.equal(cause(told), 'no-upgrade');
  assert.deepEqual(told.spoiled, ['Upgrade: websocket']);
  const again = after(told, LOST);
  assert.equal(cause(again), 'no-upgrade');
  assert.equal(cause(after(again, { type: 'lost', code: 1012, retryAt: NOW })), 'restarting');
  const repaired = after(again, { type: 'connecting' }, { type: 'diagnosed', spoiled: null }, LOST);
  assert.equal(cause(repaired), 'never');
  const open = after(told, auth());
  assert.deepEqual([open.link.status, open.spoiled], ['open', null]);
  assert.equal(after(open, { type: 'diagnosed', spoiled: null }), open);
});

/** @param {boolean} visible @returns {PageEvent} */
const look = (visible) => ({ type: 'visibility-changed', visible });

test('what is new since one left stands behind the line that was seen last, until one leaves again', () => {
  const seen = after(inside(), chat(1), chat(2));
  const away = after(seen, look(false), chat(3), chat(4));
  assert.equal(away.seenKey, 2);
  const back = after(away, look(true), chat(5));
  assert.equal(back.seenKey, 2, 'it stays while one reads');
  assert.equal(after(back, look(false)).seenKey, 5);
  assert.equal(after(seen, look(false), look(true), chat(3)).seenKey, null, 'nothing was new');
  assert.equal(after(seen, look(false), chat(3, 'mine', ADA), look(true)).seenKey, null, 'one knows what one said');
});

test('a window without the focus is not read, a hidden one neither', () => {
  const blurred = after(inside(), chat(1), { type: 'focus-changed', focused: false }, chat(2));
  assert.equal(blurred.unread, 1);
  assert.equal(blurred.seenKey, 1);
  assert.deepEqual(blurred.read, { epoch: 'e1', number: 1 });
  const hidden = after(blurred, look(false), chat(3));
  assert.equal(hidden.seenKey, 1, 'one left once');
  assert.equal(after(hidden, { type: 'focus-changed', focused: true }).unread, 2);
  assert.equal(after(hidden, { type: 'focus-changed', focused: true }, look(true)).unread, 0);
});

test('what another tab has shown is no news', () => {
  const away = after(inside(), chat(1), look(false), chat(2), chat(3), chat(4));
  const some = after(away, { type: 'read-elsewhere', read: { epoch: 'e1', number: 3 } });
  assert.equal(some.unread, 1);
  assert.equal(some.seenKey, 3);
  const late = after(some, { type: 'read-elsewhere', read: { epoch: 'e1', number: 2 } });
  assert.equal(late, some, 'the farthest counts');
  assert.equal(after(some, { type: 'read-elsewhere', read: { epoch: 'e0', number: 9 } }), some, 'another epoch says nothing');
});

test('a page that is loaded anew gets its lines back, and knows where one was', () => {
  const entered = after(initialState('en'), { type: 'entered', user: ADA, read: { epoch: 'e1', number: 60 } });
  assert.deepEqual(entered.held, { epoch: 'e1', number: 10 });
  const lines = Array.from({ length: 52 }, (_, n) => n + 11);
  const state = after(entered, { type: 'connecting' }, auth(), list(1, [ADA]), history(...lines));
  assert.equal(texts(state)[0], 'line 11');
  assert.equal(texts(state).length, 52);
  assert.equal(state.log.find((entry) => entry.key === state.seenKey && entry.kind === 'chat' && entry.id === 60)?.kind, 'chat');
  assert.deepEqual(state.read, { epoch: 'e1', number: 62 });
});

test('of what is gone only what one had not read is missing', () => {
  const entered = after(initialState('en'), { type: 'entered', user: ADA, read: { epoch: 'e1', number: 60 } }, auth());
  const some = after(entered, { type: 'gap', reason: 'too-old', missing: 55 }, history(66));
  assert.equal(some.log[0]?.kind === 'gap' && some.log[0].lines, 5);
  const none = after(entered, { type: 'gap', reason: 'too-old', missing: 30 }, history(41));
  assert.deepEqual(texts(none), ['line 41']);
});

test('older lines come before the first, and their keys before its key', () => {
  const state = after(inside(), LOST, { type: 'connecting' });
  const full = after({ ...state, held: null, log: [] }, auth(), list(1, [ADA]), { ...history(41, 42), more: true });
  const asked = after(full, { type: 'older-asked' });
  assert.deepEqual(asked.older, { more: true, asked: true });
  const older = after(asked, { ...history(38, 39, 40), more: true });
  assert.deepEqual(texts(older), [38, 39, 40, 41, 42].map((n) => `line ${n}`));
  const keys = older.log.map((entry) => entry.key);
  assert.deepEqual(keys, keys.toSorted((one, other) => one - other));
  assert.equal(new Set(keys).size, keys.length);
  assert.deepEqual(older.older, { more: true, asked: false });
  assert.equal(after(older, history(1, 2)), older, 'nobody asked');
  const end = after(older, { type: 'older-asked' }, history(37));
  assert.equal(end.older.more, false);
  assert.equal(after(asked, LOST, { type: 'connecting' }, auth()).older.asked, false, 'an answer that was lost is not waited for');
});

test('who types is known for six seconds, or until they have said it', () => {
  const state = after(inside(), { type: 'typing', users: [ADA, BEA, EVE] });
  assert.deepEqual([...state.typing.keys()], [BEA.id, EVE.id], 'one knows that oneself');
  assert.deepEqual([...after(state, chat(1, 'done', BEA)).typing.keys()], [EVE.id]);
  assert.equal(after(state, { type: 'tick', now: NOW + 5_999 }).typing.size, 2);
  assert.equal(after(state, { type: 'tick', now: NOW + 6_000 }).typing.size, 0);
});

test('who is away is told anew each time, and on a new socket nobody is', () => {
  const state = after(inside(), { type: 'away', users: [BEA.id] });
  assert.deepEqual([...state.away], [BEA.id]);
  assert.equal(after(state, { type: 'away', users: [] }).away.size, 0);
  assert.equal(after(state, LOST, { type: 'connecting' }, auth()).away.size, 0);
});

test('who went is remembered for two minutes, or until they are back', () => {
  const gone = after(inside(), change('online', 3, EVE), change('offline', 4, BEA));
  assert.deepEqual([...gone.departed.values()], [{ user: BEA, at: AT, change: 'offline' }]);
  assert.equal(after(gone, change('online', 5, BEA)).departed.size, 0);
  assert.equal(after(gone, LOST, auth(), list(9, [ADA, BEA])).departed.size, 0);
  const ahead = after(gone, { type: 'server-time', at: new Date(NOW + 60_000).toISOString() });
  assert.equal(after(ahead, { type: 'tick', now: NOW + 59_999 }).departed.size, 1);
  assert.equal(after(ahead, { type: 'tick', now: NOW + 60_000 }).departed.size, 0, 'by the clock of the server');
});

test('a restart is told once, though the connection breaks again at once', () => {
  /** @type {ServerFrame} */
  const gap = { type: 'gap', reason: 'restarted' };
  const cut = after(inside(), chat(4), LOST, { type: 'connecting' }, auth('e2'), gap, LOST, { type: 'connecting' });
  assert.equal(cut.held, null);
  assert.deepEqual(texts(after(cut, auth('e2'), history(1))), ['line 4', 'gap', 'line 1']);
});

test('a socket that was lost before its history changes nothing of what is held', () => {
  const cut = after(inside(), chat(4), LOST, { type: 'connecting' }, auth('e2'), LOST);
  assert.deepEqual(cut.held, { epoch: 'e1', number: 4 });
  const early = after(after(initialState('en'), { type: 'entered', user: ADA }), auth(), history(), LOST);
  assert.deepEqual(early.held, { epoch: 'e1', number: 0 }, 'greeted before anything was said');
});

test('where no line can be shown, the server says from which one on something is missed', () => {
  const empty = after(after(initialState('en'), { type: 'entered', user: ADA }), auth(), list(1, [ADA]), { ...history(), last: 41 });
  assert.deepEqual(empty.held, { epoch: 'e1', number: 41 });
  assert.deepEqual(texts(after(empty, chat(42))), ['line 42']);
});

test('who is put out reads why at the entrance', () => {
  /** @type {ServerFrame} */
  const kicked = { type: 'error', code: 'kicked', message: 'come back tomorrow' };
  const { entrance } = after(inside(), kicked, { type: 'stopped' }, { type: 'signed-out', notice: 'kicked' });
  assert.equal(entrance.notice, 'kicked');
  assert.equal(entrance.refusal?.message, 'come back tomorrow');
});

test('a burst costs one copy of the log', () => {
  const FRAMES = 10_000;
  const frames = Array.from({ length: FRAMES }, (_, n) => /** @type {PageEvent} */ ({ type: 'frame', frame: chat(n + 1), now: NOW }));
  const before = reduceAll(inside(), frames);
  const { log } = before;
  const more = Array.from({ length: FRAMES }, (_, n) => /** @type {PageEvent} */ ({ type: 'frame', frame: chat(FRAMES + n + 1), now: NOW }));
  /** @type {State} */
  let state = before;
  const together = processorTime(() => (state = reduceAll(before, more)));
  const oneByOne = processorTime(() => more.reduce(reduce, before));
  assert.equal(log.length, LOG_LIMIT, 'what was shown is not changed');
  assert.equal(log.at(-1)?.kind === 'chat' && log.at(-1)?.key, FRAMES);
  assert.equal(state.log.at(-1)?.key, 2 * FRAMES);
  assert.ok(together < oneByOne / 3, `${together} ms for all, ${oneByOne} ms one by one`);
});

/**
 * Milliseconds, however much else the machine has to do.
 *
 * @param {() => void} run
 */
function processorTime(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
