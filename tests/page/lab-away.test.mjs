/** The one thing that the lab changes about how the page comes back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BACKOFF_BASE, LiveSocket } from '../../static/socket.js';

/** A page that has come in, on a clock that stands still until it is moved. */
function open() {
  /** @type {any[]} */
  const sockets = [];
  const timers = new Map();
  const world = { now: 0, next: 1, sockets };
  const live = new LiveSocket(
    {
      connect: () => sockets[sockets.push({ readyState: 1, bufferedAmount: 0, send() {}, close() {} }) - 1],
      ask: async () => 'somebody',
      now: () => world.now,
      random: () => 1,
      after: (run, delay) => {
        timers.set(world.next, { run, at: world.now + delay });
        return world.next++;
      },
      cancel: (timer) => timers.delete(timer),
    },
    { connecting() {}, frame() {}, lost() {}, refused() {}, nobody() {} },
  );
  /** @param {number} time */
  function pass(time) {
    world.now += time;
    for (const [id, { run, at }] of [...timers]) {
      if (at <= world.now && timers.delete(id)) run();
    }
  }
  live.start();
  sockets[0].onopen();
  return { live, sockets, pass };
}

test('whoever wants to stay away is away that long, and the page coming to the front changes nothing', () => {
  const { live, sockets, pass } = open();
  live.stayAway(4_000);
  sockets[0].onclose({ code: 1000, reason: '' });
  pass(3_999);
  live.wake();
  assert.equal(sockets.length, 1);
  pass(1);
  assert.equal(sockets.length, 2);
});

test('who wants to come back does, however long they meant to stay', () => {
  const { live, sockets } = open();
  live.stayAway(4_000);
  sockets[0].onclose({ code: 1006, reason: '' });
  live.retry();
  assert.equal(sockets.length, 2);
});

test('only one loss is stayed away from', () => {
  const { live, sockets, pass } = open();
  live.stayAway(4_000);
  sockets[0].onclose({ code: 1006, reason: '' });
  live.retry();
  sockets[1].onopen();
  sockets[1].onclose({ code: 1006, reason: '' });
  pass(2 * BACKOFF_BASE);
  assert.equal(sockets.length, 3);
});
