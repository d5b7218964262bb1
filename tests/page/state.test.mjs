import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LOG_LIMIT, initialState, reduce } from '../../static/state.js';

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
/** @param {'online' | 'offline'} type @param {number} version @param {import('../../static/types.d.ts').User} user @returns {PresenceFrame} */
const change = (type, version, user) => ({ type, user, version, at: AT });

/**
 * @param {State} state
 * @param {(ServerFrame | PageEvent)[]} events frames of the server and events of the page, as they happen
 */
function after(state, ...events) {
  const FRAMES = ['auth', 'user-list', 'online', 'offline', 'dropped', 'chat', 'server-time', 'error'];
  return events.reduce(
    (state, it) =>
      reduce(
        state,
        FRAMES.includes(it.type)
          ? { type: 'frame', frame: /** @type {ServerFrame} */ (it), now: NOW }
          : /** @type {PageEvent} */ (it),
      ),
    state,
  );
}

/** Ada is in the room, alone with Bea. */
const inside = () =>
  after(initialState('en'), { type: 'entered', user: ADA }, { type: 'connecting' }, auth(), list(2, [ADA, BEA]));
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

test('lines missed while away are counted', () => {
  const state = after(inside(), chat(4), LOST, { type: 'connecting' }, auth(), list(2, [ADA, BEA]), chat(8), chat(9));
  assert.deepEqual(texts(state), ['line 4', 'gap', 'line 8', 'line 9']);
  assert.deepEqual(state.log[1], { key: 2, kind: 'gap', gap: 'missed', lines: 3 });
});

test('the first line that one sees misses nothing', () => {
  assert.deepEqual(texts(after(inside(), chat(80))), ['line 80']);
});

test('a line that comes twice stands once', () => {
  assert.deepEqual(texts(after(inside(), chat(4), chat(4), chat(3))), ['line 4']);
});

test('another epoch is told, and its numbers start anew', () => {
  const state = after(inside(), chat(40), LOST, { type: 'connecting' }, auth('e2'), list(1, [ADA]), chat(1), chat(2));
  assert.deepEqual(texts(state), ['line 40', 'gap', 'line 1', 'line 2']);
  assert.equal(state.log[1]?.kind === 'gap' && state.log[1].gap, 'restarted');
  assert.equal(state.version, 1);
});

test('the log keeps its limit, and keys go on', () => {
  const many = Array.from({ length: LOG_LIMIT + 20 }, (_, n) => chat(n + 1));
  const state = after(inside(), ...many);
  assert.equal(state.log.length, LOG_LIMIT);
  assert.equal(texts(state)[0], 'line 21');
  assert.equal(state.log.at(-1)?.key, LOG_LIMIT + 20);
});

test('a line is on its way until it comes back', () => {
  const said = after(inside(), { type: 'said', ref: '1', text: 'hello' }, { type: 'said', ref: '2', text: 'again' });
  assert.deepEqual(said.pending.map((line) => line.ref), ['1', '2']);
  const foreign = after(said, chat(1, 'hello', BEA));
  assert.equal(foreign.pending.length, 2, 'somebody else may say the same');
  const state = after(foreign, chat(2, 'hello', ADA));
  assert.deepEqual(state.pending.map((line) => line.ref), ['2']);
});

test('a line whose connection broke is not lost', () => {
  const state = after(inside(), { type: 'said', ref: '1', text: 'hello' }, LOST, { type: 'connecting' }, auth());
  assert.equal(state.pending[0]?.status, 'unsure');
  assert.deepEqual(after(state, { type: 'taken-back', ref: '1' }).pending, []);
});

test('a refused line says why, and no other does', () => {
  const state = after(
    inside(),
    { type: 'said', ref: '1', text: 'hello' },
    { type: 'said', ref: '2', text: ' ' },
    { type: 'error', code: 'empty-text', message: 'there is nothing to read', ref: '2' },
  );
  assert.deepEqual(state.pending.map(({ status, refusal }) => [status, refusal]), [['sent', null], ['refused', 'empty-text']]);
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
