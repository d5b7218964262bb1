import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AWAY_AFTER, Signals, TYPING_EVERY } from '../../static/signals.js';
import { TURN, turnsOf } from '../../static/turns.js';

class World {
  now = 1_000_000;
  isOpen = true;
  /** @type {unknown[]} */
  sent = [];
  /** @type {Map<number, { at: number, run: () => void }>} */
  timers = new Map();
  #next = 1;

  around = {
    now: () => this.now,
    after: (/** @type {() => void} */ run, /** @type {number} */ delay) => {
      this.timers.set(this.#next, { at: this.now + delay, run });
      return this.#next++;
    },
    cancel: (/** @type {number} */ timer) => void this.timers.delete(timer),
  };

  signals = new Signals({
    ...this.around,
    send: (command) => this.isOpen && this.sent.push('away' in command ? command.away : command.type) > 0,
  });

  /** @param {number} time */
  pass(time) {
    this.now += time;
    for (const [timer, { at, run }] of [...this.timers]) if (at <= this.now && this.timers.delete(timer)) run();
  }
}

test('typing is told at most every three seconds, and at once for another text', () => {
  const { signals, sent, ...world } = new World();
  const it = new World();
  for (let n = 0; n < 20; n += 1) {
    it.signals.typing();
    it.pass(TYPING_EVERY / 4);
  }
  assert.deepEqual(it.sent, Array(5).fill('typing'));
  signals.typing();
  signals.said();
  signals.typing();
  assert.equal(sent.length, 2);
  assert.equal(world.isOpen, true);
});

test('what no socket took is told as soon as one does', () => {
  const world = new World();
  world.isOpen = false;
  world.signals.typing();
  world.isOpen = true;
  world.signals.typing();
  assert.deepEqual(world.sent, ['typing']);
});

test('who does nothing for five minutes is away, and back with the first movement', () => {
  const world = new World();
  world.pass(AWAY_AFTER - 1);
  world.signals.active();
  world.pass(AWAY_AFTER - 1);
  assert.deepEqual(world.sent, []);
  world.pass(1);
  assert.deepEqual(world.sent, [true]);
  world.signals.active();
  assert.deepEqual(world.sent, [true, false]);
  assert.equal(world.timers.size, 1);
});

test('a new socket is told that one is away', () => {
  const world = new World();
  world.signals.greeted();
  assert.deepEqual(world.sent, []);
  world.pass(AWAY_AFTER);
  world.signals.greeted();
  assert.deepEqual(world.sent, [true, true]);
});

test('what comes in is done with the screen, once though it is not drawn', () => {
  const world = new World();
  /** @type {(() => void)[]} */
  const screen = [];
  let done = 0;
  const soon = turnsOf({ ...world.around, visible: () => true, withScreen: (run) => screen.push(run) });
  soon(() => (done += 1));
  assert.equal(done, 0);
  screen.pop()?.();
  world.pass(TURN);
  assert.equal(done, 1);
  soon(() => (done += 1));
  world.pass(TURN);
  screen.pop()?.();
  assert.equal(done, 2);
});

test('a hidden page does the first thing at once, and what follows together', () => {
  const world = new World();
  let done = 0;
  const soon = turnsOf({ ...world.around, visible: () => false, withScreen: () => assert.fail('there is no screen') });
  soon(() => (done += 1));
  assert.equal(done, 1);
  world.pass(1);
  soon(() => (done += 1));
  assert.equal(done, 1);
  world.pass(TURN);
  assert.equal(done, 2);
});
