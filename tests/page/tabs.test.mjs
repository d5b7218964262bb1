import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ATTENTION_EVERY, Tabs } from '../../static/tabs.js';
import { Channel } from './model-page.mjs';

/** Locks of one browser: whoever asks first has it, until they go. */
class Locks {
  /** @type {(() => unknown)[]} */
  #waiting = [];

  /** @param {string} _ @param {() => unknown} run */
  request(_, run) {
    this.#waiting.push(run);
    if (this.#waiting.length === 1) run();
  }

  /** The first one goes. */
  release() {
    this.#waiting.shift();
    this.#waiting[0]?.();
  }
}

class Browser {
  now = 0;
  channel = new Channel();
  locks = new Locks();
  /** @type {(() => void)[]} */
  later = [];

  /** @param {string} page */
  open(page) {
    /** @type {unknown[]} */
    const told = [];
    const channel = this.channel.open();
    const tabs = new Tabs(
      {
        page,
        channel: () => /** @type {any} */ (channel),
        locks: /** @type {any} */ (this.locks),
        now: () => this.now,
        after: (run) => this.later.push(run),
      },
      (message) => told.push(message),
    );
    return { tabs, told, channel };
  }
}

test('what one tab tells reaches the others, and not itself', () => {
  const browser = new Browser();
  const [one, other] = [browser.open('one'), browser.open('other')];
  one.tabs.tell({ type: 'language', language: 'zh' });
  assert.deepEqual(other.told, [{ type: 'language', language: 'zh' }]);
  assert.deepEqual(one.told, []);
});

test('the roll call hears those who live', async () => {
  const browser = new Browser();
  const [asking, here, gone, frozen] = ['asking', 'here', 'gone', 'frozen'].map((page) => browser.open(page));
  gone?.channel.close();
  if (frozen) frozen.channel.isFrozen = true;
  const call = asking?.tabs.rollCall();
  for (const run of browser.later.splice(0)) run();
  assert.deepEqual(await call, new Set(['here']));
  assert.deepEqual(here?.told, [], 'it is nobody else\'s affair');
});

test('one tab notifies, and another when that one has gone', () => {
  const browser = new Browser();
  const [first, second] = [browser.open('first'), browser.open('second')];
  assert.deepEqual([first.tabs.mayNotify, second.tabs.mayNotify], [true, false]);
  browser.locks.release();
  assert.equal(second.tabs.mayNotify, true);
});

test('nobody notifies somebody who looks at one of their tabs', () => {
  const browser = new Browser();
  const [first, second] = [browser.open('first'), browser.open('second')];
  second.tabs.attend(true);
  assert.equal(first.tabs.mayNotify, false);
  second.tabs.attend(false);
  assert.equal(first.tabs.mayNotify, true);
  first.tabs.attend(true);
  assert.equal(first.tabs.mayNotify, false);
});

test('a tab that died while it was looked at is not believed for ever', () => {
  const browser = new Browser();
  const [first, second] = [browser.open('first'), browser.open('second')];
  second.tabs.attend(true);
  browser.now += ATTENTION_EVERY;
  second.tabs.attend(true);
  browser.now += 2 * ATTENTION_EVERY - 1;
  assert.equal(first.tabs.mayNotify, false);
  browser.now += 1;
  assert.equal(first.tabs.mayNotify, true);
});

test('a browser without channels or locks has one tab', async () => {
  const around = { now: () => 0, after: (/** @type {() => void} */ run) => run(), page: 'only' };
  const tabs = new Tabs({ ...around, channel: () => null, locks: undefined }, () => assert.fail('there is nobody'));
  tabs.tell({ type: 'entered' });
  assert.deepEqual(await tabs.rollCall(), new Set());
  assert.equal(tabs.mayNotify, true);
});
