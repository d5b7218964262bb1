import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HOPE, Ways } from '../../static/ways.js';

/** @param {'websocket' | 'sockjs' | null} [remembered] */
function started(remembered = null) {
  /** @type {string[]} */
  const kept = [];
  return { ways: new Ways(remembered, (way) => kept.push(way), 0), kept };
}

test('WebSocket comes first, and SockJS after the first failure of one that never was open', () => {
  const { ways, kept } = started();
  assert.equal(ways.choose(0), 'websocket');
  assert.ok(ways.isUnproven);
  ways.failed('websocket', 0);
  assert.equal(ways.choose(1), 'sockjs');
  ways.opened('sockjs');
  assert.equal(ways.choose(2), 'sockjs');
  assert.deepEqual(kept, ['sockjs']);
});

test('a WebSocket that was open is given up after two failures in a row', () => {
  const { ways } = started();
  ways.opened('websocket');
  assert.ok(!ways.isUnproven);
  ways.failed('websocket', 0);
  assert.equal(ways.choose(0), 'websocket');
  ways.opened('websocket');
  ways.failed('websocket', 0);
  assert.equal(ways.choose(0), 'websocket');
  ways.failed('websocket', 0);
  assert.equal(ways.choose(0), 'sockjs');
});

test('while nothing opens each way has its turn', () => {
  const { ways } = started();
  const taken = [];
  for (let turn = 0; turn < 6; turn += 1) {
    const way = ways.choose(turn);
    taken.push(way);
    ways.failed(way, turn);
  }
  assert.deepEqual(taken, ['websocket', 'sockjs', 'websocket', 'sockjs', 'websocket', 'sockjs']);
});

test('what a tab remembers holds for a while', () => {
  const { ways } = started('sockjs');
  assert.equal(ways.choose(HOPE - 1), 'sockjs');
  assert.equal(ways.choose(HOPE), 'websocket');
});
