import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ANSWER_TIMEOUT,
  BACKOFF_BASE,
  BACKOFF_CAP,
  ECHO_TIMEOUT,
  HANDSHAKE_TIMEOUT,
  LATE,
  LiveSocket,
  PATIENCE_MAX,
  PATIENCE_MIN,
  SILENCE,
  STABLE_AFTER,
} from '../../static/socket.js';

/** A WebSocket whose server is the test. */
class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  /** @type {string[]} */
  sent = [];
  /** @type {number | undefined} */
  closedWith = undefined;
  onopen = () => {};
  onmessage = (/** @type {{ data: unknown }} */ _) => {};
  onclose = (/** @type {{ code: number, reason: string }} */ _) => {};

  open() {
    this.readyState = 1;
    this.onopen();
  }

  /** @param {number} code @param {string} [reason] */
  end(code, reason = '') {
    this.readyState = 3;
    this.onclose({ code, reason });
  }

  /** @param {string} data */
  send(data) {
    this.sent.push(data);
  }

  /** @param {number} [code] */
  close(code) {
    this.readyState = 2;
    this.closedWith = code;
  }
}

/** A live socket in a world whose clock, chance and server are the test's. */
class World {
  now = 1_000_000;
  random = 1;
  /** @type {'somebody' | 'nobody' | 'unreachable'} */
  answer = 'somebody';
  asked = 0;
  /** @type {FakeSocket[]} */
  sockets = [];
  /** @type {Map<number, { at: number, run: () => void }>} */
  timers = new Map();
  /** What was called back, in order. @type {unknown[][]} */
  heard = [];
  #nextTimer = 1;

  live = new LiveSocket(
    {
      connect: (protocol) => {
        assert.equal(protocol, 'tertulia.v1');
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return /** @type {any} */ (socket);
      },
      ask: async () => {
        this.asked += 1;
        return this.answer;
      },
      now: () => this.now,
      random: () => this.random,
      after: (run, delay) => {
        this.timers.set(this.#nextTimer, { at: this.now + delay, run });
        return this.#nextTimer++;
      },
      cancel: (timer) => this.timers.delete(timer),
    },
    {
      connecting: () => this.heard.push(['connecting']),
      frame: (frame) => this.heard.push(['frame', frame]),
      lost: (code, retryAt) => this.heard.push(['lost', code, retryAt - this.now]),
      refused: (reason) => this.heard.push(['refused', reason]),
      nobody: () => this.heard.push(['nobody']),
    },
  );

  get socket() {
    const socket = this.sockets.at(-1);
    assert.ok(socket, 'something connected');
    return socket;
  }

  /** Connected, and greeted by nobody yet. */
  static open() {
    const world = new World();
    world.live.start();
    world.socket.open();
    return world;
  }

  /** Lets time pass, and everything that was due. @param {number} milliseconds */
  async pass(milliseconds) {
    this.now += milliseconds;
    for (const [timer, { at, run }] of [...this.timers]) {
      if (at > this.now || !this.timers.delete(timer)) continue;
      run();
    }
    await settled();
  }

  /** The delay of the last loss. */
  get delay() {
    const last = this.heard.findLast(([what]) => what === 'lost');
    assert.ok(last, 'something was lost');
    return Number(last[2]);
  }
}

/** Until every promise that can be kept has been. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('frames are handed on, anything else is not', () => {
  const world = World.open();
  for (const data of ['{"type":"server-time","at":"now"}', 'not json', '[]', 'null', '7', '{"type":7}', new ArrayBuffer(2)]) {
    world.socket.onmessage({ data });
  }
  assert.deepEqual(world.heard, [['connecting'], ['frame', { type: 'server-time', at: 'now' }]]);
});

test('the delay doubles up to its cap', async () => {
  const world = World.open();
  const delays = [];
  for (let loss = 0; loss < 9; loss += 1) {
    world.socket.end(1006);
    delays.push(world.delay);
    await world.pass(world.delay);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(BACKOFF_BASE, 500);
  assert.equal(BACKOFF_CAP, 30_000);
});

test('the delay is anything below that: full jitter', () => {
  for (const random of [0, 0.25, 0.999]) {
    const world = World.open();
    world.random = random;
    world.socket.end(1006);
    assert.equal(world.delay, random * BACKOFF_BASE);
  }
});

test('only a stable connection starts the delays anew', async () => {
  const world = World.open();
  world.socket.end(1006);
  await world.pass(world.delay);
  world.socket.open();
  await world.pass(STABLE_AFTER - 1);
  world.socket.end(1006);
  assert.equal(world.delay, 1000, 'it lived too short');
  await world.pass(world.delay);
  world.socket.open();
  await world.pass(STABLE_AFTER);
  world.socket.end(1006);
  assert.equal(world.delay, 500);
});

test('1012 and 1013 wait for 5 to 30 seconds', () => {
  for (const code of [1012, 1013]) {
    for (const [random, delay] of [[0, PATIENCE_MIN], [1, PATIENCE_MAX]]) {
      const world = World.open();
      world.random = Number(random);
      world.socket.end(code);
      assert.equal(world.delay, delay);
    }
  }
});

test('1008 comes back only by hand', async () => {
  const world = World.open();
  world.socket.end(1008, 'session ended');
  assert.deepEqual(world.heard.at(-1), ['refused', 'session ended']);
  assert.equal(world.timers.size, 0);
  world.live.wake();
  assert.equal(world.sockets.length, 1);
  world.live.retry();
  assert.equal(world.sockets.length, 2);
});

test('after a failed handshake it asks whether one is still somebody', async () => {
  const world = new World();
  world.live.start();
  world.socket.end(1006);
  assert.equal(world.asked, 0);
  await world.pass(world.delay);
  assert.equal(world.asked, 1);
  assert.equal(world.sockets.length, 2);
});

test('after a connection that had been open it does not ask', async () => {
  const world = World.open();
  world.socket.end(1006);
  await world.pass(world.delay);
  assert.equal(world.asked, 0);
  assert.equal(world.sockets.length, 2);
});

test('whoever is nobody any more stops', async () => {
  const world = new World();
  world.answer = 'nobody';
  world.live.start();
  world.socket.end(1006);
  await world.pass(world.delay);
  assert.deepEqual(world.heard.at(-1), ['nobody']);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.timers.size, 0);
});

test('a server that cannot be reached is asked again and again', async () => {
  const world = new World();
  world.answer = 'unreachable';
  world.live.start();
  world.socket.end(1006);
  for (const delay of [500, 1000, 2000]) {
    assert.equal(world.delay, delay);
    await world.pass(delay);
  }
  assert.equal(world.sockets.length, 1);
  world.answer = 'somebody';
  await world.pass(world.delay);
  assert.equal(world.sockets.length, 2);
});

test('an answer that comes after the stop is not heard', async () => {
  const world = new World();
  world.answer = 'nobody';
  world.live.start();
  world.socket.end(1006);
  world.live.retry();
  world.live.stop();
  const before = world.heard.length;
  await settled();
  assert.equal(world.heard.length, before);
  assert.equal(world.sockets.length, 1);
});

test('a handshake that takes too long has failed', async () => {
  const world = new World();
  world.live.start();
  const slow = world.socket;
  await world.pass(HANDSHAKE_TIMEOUT);
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500]);
  assert.equal(slow.readyState, 2);
  slow.open();
  slow.end(1008);
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500], 'an old socket is not heard');
});

test('the shown page and "retry now" do not wait', () => {
  for (const now of /** @type {const} */ (['wake', 'retry'])) {
    const world = World.open();
    world.socket.end(1006);
    world.live[now]();
    world.live[now]();
    assert.equal(world.sockets.length, 2, 'once is enough');
  }
});

/** @param {FakeSocket} socket */
const questions = (socket) => socket.sent.filter((text) => text === '{"type":"server-time"}').length;

test('a connection that was silent for long is asked, and lives if it answers', async () => {
  const world = World.open();
  await world.pass(SILENCE - 1);
  world.socket.onmessage({ data: '{"type":"server-time"}' });
  await world.pass(SILENCE - 1);
  assert.equal(questions(world.socket), 0);
  await world.pass(1);
  assert.equal(questions(world.socket), 1);
  world.socket.onmessage({ data: '{"type":"user-list"}' });
  await world.pass(ANSWER_TIMEOUT);
  assert.equal(world.sockets.length, 1);
  await world.pass(SILENCE - ANSWER_TIMEOUT);
  assert.equal(questions(world.socket), 2);
});

test('a connection that does not answer is given up for a new one', async () => {
  const world = World.open();
  const dead = world.socket;
  world.live.wake();
  world.live.wake();
  assert.equal(questions(dead), 1, 'one question at a time');
  await world.pass(ANSWER_TIMEOUT);
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500]);
  assert.equal(dead.readyState, 2);
  await world.pass(world.delay);
  assert.equal(world.sockets.length, 2);
  world.socket.open();
  dead.end(1006);
  await world.pass(ANSWER_TIMEOUT);
  assert.equal(world.sockets.length, 2, 'the new one owes no answer');
});

test('a text without an echo is reason to ask', async () => {
  const world = World.open();
  world.live.send({ type: 'say', text: 'hello', ref: '1' });
  await world.pass(ECHO_TIMEOUT);
  assert.equal(questions(world.socket), 1);
  world.live.send({ type: 'say', text: 'anybody?', ref: '2' });
  await world.pass(ANSWER_TIMEOUT);
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500], 'saying more does not put it off');
});

test('a jammed connection is given up when the page is shown', () => {
  const world = World.open();
  world.socket.bufferedAmount = 2 << 20;
  world.live.wake();
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500]);
});

test('an open connection is left alone', () => {
  const world = World.open();
  world.live.wake();
  world.live.retry();
  world.live.start();
  assert.equal(world.sockets.length, 1);
});

test('a command goes out only over an open socket', () => {
  const world = new World();
  const say = /** @type {const} */ ({ type: 'say', text: 'hello', ref: '1' });
  assert.equal(world.live.send(say), false);
  world.live.start();
  assert.equal(world.live.send(say), false);
  world.socket.open();
  assert.equal(world.live.send(say), true);
  assert.deepEqual(world.socket.sent, ['{"type":"say","text":"hello","ref":"1"}']);
  world.socket.bufferedAmount = 2 << 20;
  assert.equal(world.live.send(say), false, 'a jammed socket takes no more');
  world.socket.bufferedAmount = 0;
  world.socket.readyState = 2;
  assert.equal(world.live.send(say), false);
});

test('after the stop there is silence, and no timer', () => {
  const world = World.open();
  const { socket } = world;
  world.live.stop();
  assert.equal(socket.closedWith, 1000);
  assert.equal(world.timers.size, 0);
  socket.onmessage({ data: '{"type":"chat"}' });
  socket.end(1006);
  assert.deepEqual(world.heard, [['connecting']]);
  world.live.start();
  assert.equal(world.sockets.length, 2);
});

test('a probe that fails leads to a new socket at once, however often it was lost before', async () => {
  const world = World.open();
  for (let loss = 0; loss < 6; loss += 1) {
    world.socket.end(1006);
    await world.pass(world.delay);
    world.socket.open();
  }
  world.live.wake();
  await world.pass(ANSWER_TIMEOUT);
  assert.equal(world.delay, BACKOFF_BASE);
  const before = world.sockets.length;
  await world.pass(world.delay);
  assert.equal(world.sockets.length, before + 1);
});

test('a probe that is answered costs nothing', async () => {
  const world = World.open();
  world.live.wake();
  world.socket.onmessage({ data: '{"type":"server-time"}' });
  await world.pass(SILENCE - 1);
  assert.equal(world.sockets.length, 1);
  world.socket.end(1006);
  assert.equal(world.delay, BACKOFF_BASE);
});

test('a handshake that hangs is given five seconds once somebody waits for it', async () => {
  const world = new World();
  world.live.start();
  await world.pass(1000);
  world.live.wake();
  await world.pass(1000);
  world.live.wake();
  await world.pass(ANSWER_TIMEOUT - 1001);
  assert.equal(world.heard.length, 1, 'not yet');
  await world.pass(1);
  assert.deepEqual(world.heard.at(-1), ['lost', 1006, 500]);

  const late = new World();
  late.live.start();
  await late.pass(HANDSHAKE_TIMEOUT - 1);
  late.live.wake();
  await late.pass(1);
  assert.deepEqual(late.heard.at(-1), ['lost', 1006, 500], 'waking never makes it longer');
});

test('a page that slept reads what has come before it judges', async () => {
  const world = World.open();
  world.live.wake();
  // Its timers were held for an hour, and the answer waits behind them.
  await world.pass(3_600_000);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.heard.length, 1);
  world.socket.onmessage({ data: '{"type":"server-time"}' });
  await world.pass(LATE);
  assert.equal(world.sockets.length, 1, 'the answer was there');

  const dead = World.open();
  dead.live.wake();
  await dead.pass(3_600_000);
  await dead.pass(LATE);
  assert.deepEqual(dead.heard.at(-1), ['lost', 1006, 500], 'there was none');
});

test('a hidden tab whose timers fire once a minute keeps its connection, as long as the server answers', async () => {
  const world = World.open();
  let answered = 0;
  for (let minute = 0; minute < 240; minute += 1) {
    // Only what is due then runs, all of it late; pings of the server are seen by no script.
    await world.pass(60_000);
    const asked = questions(world.socket);
    if (asked > answered) {
      answered = asked;
      world.socket.onmessage({ data: '{"type":"server-time"}' });
    }
  }
  assert.ok(answered > 100, 'it asked now and then');
  assert.equal(world.sockets.length, 1);
  assert.equal(world.heard.some(([what]) => what === 'lost'), false);
});

test('a hidden tab whose server is gone finds out, though its timers are slow', async () => {
  const world = World.open();
  for (let minute = 0; minute < 5; minute += 1) await world.pass(60_000);
  assert.ok(world.heard.some(([what]) => what === 'lost'));
});
