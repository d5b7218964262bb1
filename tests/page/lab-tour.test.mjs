import assert from 'node:assert/strict';
import { test } from 'node:test';

import { emptyModel, fold, read } from '../../static/lab/model.js';
import { STEPS, isStepDone, isTourDone, see, start } from '../../static/lab/tour.js';

/** @typedef {import('../../static/lab/types.d.ts').TapeEntry} TapeEntry */

let count = 0;

/**
 * @param {Partial<TapeEntry> & { kind: 'state' | 'in' | 'out' }} what
 * @returns {TapeEntry}
 */
const entry = (what) => /** @type {TapeEntry} */ ({ n: (count += 1), at: 1000 + count, socket: 1, ...what });
/** @param {object} frame */
const heard = (frame, socket = 1) => entry({ kind: 'in', socket, data: JSON.stringify(frame) });
/** @param {object} frame */
const said = (frame, socket = 1) => entry({ kind: 'out', socket, data: JSON.stringify(frame) });
/** @param {Partial<TapeEntry> & { state: string }} what */
const state = (what, socket = 1) => entry(/** @type {any} */ ({ kind: 'state', socket, ...what }));

/** @param {TapeEntry[]} entries */
const walked = (...entries) => entries.reduce((progress, entry) => see(progress, read(entry)), start());
/** @param {TapeEntry[]} entries */
const folded = (...entries) => entries.reduce((model, entry) => fold(model, read(entry)), emptyModel());

const AUTH = { type: 'auth', user: { id: 'a', name: 'Ada' }, socket: '01', protocol: 'tertulia.v1', heartbeat: { interval: 20, timeout: 45 }, limits: { text: 9, frames: 9 }, epoch: 'e' };
const LIST = { type: 'user-list', users: [], version: 1 };
const TIME = { type: 'server-time', at: '2026-11-25T17:45:00.000Z' };

test('the greeting counts only in its order', () => {
  const right = walked(state({ state: 'CONNECTING' }), state({ state: 'OPEN' }), heard(AUTH), heard(LIST), heard(TIME));
  assert.deepEqual([...right.done], ['anew', 'auth', 'list', 'time']);
  const wrong = walked(state({ state: 'CONNECTING' }), heard(LIST), heard(AUTH), heard(TIME));
  assert.deepEqual([...wrong.done], ['time'], 'only what came in its place');
});

test('a report for the lab takes no place in the greeting', () => {
  const progress = walked(state({ state: 'CONNECTING' }), heard({ type: 'lab', event: 'x' }), heard(AUTH));
  assert.ok(progress.done.has('auth'));
});

test('a line is walked from say over ack to chat, by its id and its number', () => {
  const say = said({ type: 'say', text: 'hi', id: 'x-1' });
  assert.ok(!walked(said({ type: 'say', text: 'hi' })).done.has('said'), 'without an id there is nothing to compare');
  assert.ok(!walked(say, heard({ type: 'ack', id: 'other', chat: 7 })).done.has('acked'), 'the ack of another line');
  const acked = [say, heard({ type: 'ack', id: 'x-1', chat: 7 })];
  assert.ok(!walked(...acked, heard({ type: 'chat', id: 8 })).done.has('heard'), 'the line of somebody else');
  assert.ok(walked(...acked, heard({ type: 'chat', id: 7 })).done.has('heard'));
});

test('a new socket knows nothing of what the one before said', () => {
  const progress = walked(said({ type: 'say', text: 'hi', id: 'x-1' }), state({ state: 'CONNECTING' }, 2), heard({ type: 'ack', id: 'x-1', chat: 7 }, 2));
  assert.ok(!progress.done.has('acked'));
});

test('a round trip counts when an answer came to a question', () => {
  assert.ok(!walked(heard(AUTH), heard(LIST), heard(TIME)).done.has('measured'), 'the greeting answers nobody');
  assert.ok(walked(said({ type: 'server-time' }), heard(TIME)).done.has('measured'));
});

test('close codes count when a socket closed with them', () => {
  for (const code of [1002, 1003, 1008]) {
    assert.ok(walked(state({ state: 'CLOSED', code })).done.has(/** @type {'1002'} */ (String(code))));
  }
  assert.deepEqual([...walked(state({ state: 'CLOSED', code: 1006 }), state({ state: 'CLOSING', code: 1002 })).done], []);
});

test('what was done before the tour does not count, what the connection is does', () => {
  const before = [state({ state: 'CONNECTING' }), state({ state: 'OPEN' }), heard(AUTH), said({ type: 'say', text: 'hi', id: 'x' })];
  const progress = before.reduce((progress, entry) => see(progress, read(entry), true), start());
  assert.deepEqual([...progress.done], ['auth']);
});

test('a tour is over when every step is', () => {
  const done = new Set(STEPS.flatMap(({ goals }) => goals));
  assert.equal(STEPS.length, 7);
  const all = { ...start(), done };
  assert.ok(isTourDone(all));
  done.delete('left');
  assert.ok(!isTourDone(all) && !isStepDone(all, 5) && isStepDone(all, 6));
});

test('the model follows a socket from its beginning to its end', () => {
  const open = folded(state({ state: 'CONNECTING' }), state({ state: 'OPEN', protocol: 'tertulia.v1' }), heard(AUTH));
  assert.deepEqual([open.socket, open.state, open.cameFrom, open.protocol], [1, 'OPEN', 'CONNECTING', 'tertulia.v1']);
  assert.equal(open.auth?.user.name, 'Ada');
  const cut = fold(open, read(state({ state: 'CLOSED', code: 1006, wasClean: false })));
  assert.deepEqual([cut.state, cut.cameFrom, cut.closed?.code], ['CLOSED', 'OPEN', 1006]);
  const clean = fold(open, read(state({ state: 'CLOSED', code: 1002, reason: 'frame not masked', wasClean: true })));
  assert.deepEqual([clean.cameFrom, clean.closed?.reason], ['CLOSING', 'frame not masked'], 'a clean end went through CLOSING');
});

test('what an earlier socket still says changes nothing about the newest', () => {
  const model = folded(state({ state: 'CONNECTING' }, 1), state({ state: 'CONNECTING' }, 2), state({ state: 'CLOSED', code: 1006 }, 1));
  assert.deepEqual([model.socket, model.state, model.closed], [2, 'CONNECTING', null]);
});

test('a round trip is from the question to its answer', () => {
  const model = folded(heard(TIME), said({ type: 'server-time' }), heard({ type: 'typing' }), heard(TIME), heard(TIME));
  assert.deepEqual(model.trips.map(({ by, ms }) => [by, ms]), [['question', 2]]);
});

test('a frame is told by its size in bytes, its opcode and its kind', () => {
  const { frames } = folded(
    said({ type: 'say', text: '早' }),
    entry({ kind: 'out', data: new Uint8Array(3) }),
    entry({ kind: 'out', data: '{"type":"say",' }),
    entry({ kind: 'in', data: '[1]' }),
  );
  assert.deepEqual(
    frames.map(({ size, opcode, type }) => [size, opcode, type]),
    [[27, 1, 'say'], [3, 2, 'binary'], [14, 1, 'text'], [3, 1, 'text']],
  );
});
