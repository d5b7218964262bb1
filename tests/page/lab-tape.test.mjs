import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CHARACTERS, ENTRIES, Tape } from '../../static/tape.js';

/** A socket that does what it is told. */
class FakeSocket extends EventTarget {
  readyState = 0;
  url = 'ws://127.0.0.1:8080/ws';
  protocol = '';
  extensions = '';
  /** @type {unknown[]} */
  sent = [];

  /** @param {unknown} data */
  send(data) {
    if (this.readyState === 0) throw new DOMException('still connecting', 'InvalidStateError');
    this.sent.push(data);
  }

  close() {
    this.readyState = 2;
  }

  open() {
    this.readyState = 1;
    this.protocol = 'tertulia.v1';
    this.dispatchEvent(new Event('open'));
  }

  /** @param {unknown} data */
  hear(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  /** @param {number} code */
  end(code, reason = '', wasClean = true) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean }));
  }
}

function watched() {
  const tape = new Tape(() => 1000);
  const socket = new FakeSocket();
  const real = /** @type {WebSocket} */ (/** @type {unknown} */ (socket));
  assert.equal(tape.watch(real), real);
  return { tape, socket, real };
}

/** @param {Tape} tape */
const kinds = (tape) => tape.entries().map((entry) => ('state' in entry ? entry.state : entry.kind));

test('a life is on the tape in its order', () => {
  const { tape, socket, real } = watched();
  socket.open();
  socket.hear('{"type":"auth"}');
  real.send('{"type":"say"}');
  real.close(1000);
  socket.end(1000);
  assert.deepEqual(kinds(tape), ['CONNECTING', 'OPEN', 'in', 'out', 'CLOSING', 'CLOSED']);
  assert.deepEqual(socket.sent, ['{"type":"say"}'], 'what was said went out as well');
  assert.deepEqual(tape.entries().map(({ n, at }) => [n, at]), [1, 2, 3, 4, 5, 6].map((n) => [n, 1000]));
});

test('what a socket does not send is not on the tape', () => {
  const { tape, socket, real } = watched();
  assert.throws(() => real.send('too early'));
  socket.open();
  real.close();
  real.send('too late');
  assert.deepEqual(kinds(tape), ['CONNECTING', 'OPEN', 'CLOSING']);
});

test('closing twice is closing once', () => {
  const { tape, socket, real } = watched();
  socket.open();
  real.close(1000);
  real.close(1000);
  assert.deepEqual(kinds(tape), ['CONNECTING', 'OPEN', 'CLOSING']);
});

test('the tape is bounded in entries and in characters, and the oldest go first', () => {
  const { tape, socket } = watched();
  for (let n = 0; n < ENTRIES + 20; n += 1) socket.hear(`{"n":${n}}`);
  assert.equal(tape.entries().length, ENTRIES);
  assert.equal(tape.entries()[0]?.n, 22, 'CONNECTING was 1, and 20 frames went');
  for (let n = 0; n < 5; n += 1) socket.hear('x'.repeat(CHARACTERS / 4));
  assert.equal(tape.entries().length, 4);
  socket.hear('x'.repeat(2 * CHARACTERS));
  assert.equal(tape.entries().length, 1, 'the newest stays, however large it is');
});

test('reports for the lab push nothing that was said off the tape', () => {
  const { tape, socket } = watched();
  socket.hear('{"type":"chat"}');
  for (let n = 0; n < ENTRIES + 20; n += 1) socket.hear('{"type":"lab","event":"x"}');
  const entries = tape.entries();
  assert.equal(entries.length, ENTRIES + 2);
  assert.equal(entries[1]?.kind === 'in' && entries[1].data, '{"type":"chat"}');
});

test('who follows hears each entry once, until they stop', () => {
  const { tape, socket } = watched();
  /** @type {number[]} */
  const heard = [];
  const stop = tape.follow(({ n }) => heard.push(n));
  socket.open();
  stop();
  socket.hear('more');
  assert.deepEqual(heard, [2]);
});

test('each socket has its number, and the newest is at hand', () => {
  const { tape, socket } = watched();
  socket.end(1006, '', false);
  const next = /** @type {WebSocket} */ (/** @type {unknown} */ (new FakeSocket()));
  tape.watch(next);
  assert.equal(tape.socket, next);
  assert.deepEqual(tape.entries().map(({ socket }) => socket), [1, 1, 2]);
});
