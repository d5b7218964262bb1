/** Whose Enter it is, in the orders of events that browsers have. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createComposing } from '../../static/view/composing.js';

/** @typedef {['start' | 'end' | 'up', number] | ['down', number, number, boolean]} Step what, when; a key's code, and whether it says that something is composed */

/**
 * Plays the events, and gives whether the last, a keydown, belongs to the input method.
 *
 * @param {Step[]} steps
 */
function lastIsTaken(steps) {
  const composing = createComposing();
  let taken = false;
  for (const [what, timeStamp, keyCode, isComposing] of steps) {
    if (what === 'start') composing.started();
    else if (what === 'end') composing.ended({ timeStamp });
    else if (what === 'up') composing.released();
    else taken = composing.takes({ timeStamp, keyCode: Number(keyCode), isComposing: Boolean(isComposing) });
  }
  return taken;
}

test('Enter takes a suggestion, in the order of Chromium and Firefox', () => {
  assert.equal(lastIsTaken([['down', 0, 229, false], ['start', 1], ['up', 80], ['down', 300, 229, true]]), true);
});

test('Enter takes a suggestion, in the order of Safari', () => {
  const before = /** @type {Step[]} */ ([['start', 0], ['down', 1, 229, true], ['up', 80], ['end', 300]]);
  assert.equal(lastIsTaken([...before, ['down', 299, 229, false]]), true);
  assert.equal(lastIsTaken([...before, ['down', 299, 13, false]]), true, 'where the event is older than its consequence');
  assert.equal(lastIsTaken([...before, ['down', 304, 13, false]]), true);
});

test('the next Enter sends, in every order', () => {
  const safari = /** @type {Step[]} */ ([['start', 0], ['down', 1, 229, true], ['up', 80], ['end', 300]]);
  assert.equal(lastIsTaken([...safari, ['down', 301, 13, false], ['up', 340], ['down', 380, 13, false]]), false);
  assert.equal(lastIsTaken([...safari, ['down', 301, 229, false], ['up', 340], ['down', 360, 13, false]]), false, 'accepted with a space');
  assert.equal(lastIsTaken([...safari, ['down', 900, 13, false]]), false, 'accepted with the mouse');
  const chromium = /** @type {Step[]} */ ([['down', 0, 229, false], ['start', 1], ['up', 80], ['down', 300, 229, true], ['end', 301]]);
  assert.equal(lastIsTaken([...chromium, ['up', 330], ['down', 350, 13, false]]), false);
  assert.equal(lastIsTaken([...chromium, ['down', 320, 13, false]]), false, 'while the space bar is still down');
});

test('a plain Enter sends', () => {
  assert.equal(lastIsTaken([['down', 0, 13, false]]), false);
  assert.equal(lastIsTaken([['down', 0, 65, false], ['up', 30], ['down', 60, 13, false]]), false);
});
