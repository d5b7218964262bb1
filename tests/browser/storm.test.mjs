/**
 * Three people talk while their connections are cut at random, the server restarts in good order and dies without a
 * word. `SEED=n` repeats it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { layWire } from './wire.mjs';

/** @import { Tab } from './people.mjs' */

const NAMES = ['Ada', 'Bea', 'Eve'];
const LINES = 10;
const RESTARTED = 'RESTARTED';

test('three pages agree on every line, whatever is cut', async (t) => {
  const random = chance(Number(process.env.SEED ?? Date.now() % 100_000), t);
  const { server, arrive } = await scene(t);
  const seats = await Promise.all(
    NAMES.map(async (name) => {
      const wire = await layWire(server.url);
      t.after(() => wire.remove());
      const tab = await (await arrive()).open(wire.url);
      await tab.enter(name);
      return { name, wire, tab };
    }),
  );
  /** @type {string[]} */
  const said = [];
  /** @type {Set<string>} */
  const seen = new Set();
  for (const ending of /** @type {const} */ (['SIGTERM', 'SIGKILL', null])) {
    for (let n = 0; n < LINES; n += 1) {
      const { name, tab } = pick(seats, random);
      said.push(`${name} says ${said.length}`);
      await tab.say(String(said.at(-1)));
      const dice = random();
      const { wire, tab: other } = pick(seats, random);
      if (dice < 0.2) wire.cut();
      else if (dice < 0.3) wire.holdAnswers();
      else if (dice < 0.4) wire.goDead();
      else if (dice < 0.5) {
        // What stands there now is had again only as long as the server lives.
        for (const line of await shown(other)) seen.add(line);
        // Else the page itself might be asked for over a connection that is dead.
        wire.cut();
        await other.page.reload({ waitUntil: 'networkidle' });
      }
    }
    if (ending) await server.stop(ending);
    for (const { wire } of seats) wire.cut();
    if (ending) await server.startAgain();
    await Promise.all(seats.map(({ tab }) => isBack(tab)));
  }
  await seats[0]?.tab.say('the end');
  await Promise.all(seats.map(({ tab }) => tab.sees('the end')));
  await Promise.all(seats.map(({ tab }) => isSettled(tab)));
  await check(seats.map(({ tab }) => tab), [...said, 'the end'], seen);
});

/**
 * @param {Tab[]} tabs
 * @param {string[]} said
 * @param {Set<string>} seen lines that stood in a page before it was loaded anew
 */
async function check(tabs, said, seen) {
  const logs = await Promise.all(tabs.map(shown));
  const unsure = (await Promise.all(tabs.map((tab) => tab.page.locator('[data-pending] .bubble-text').allTextContents()))).flat();
  for (const log of logs) {
    const texts = log.filter((line) => line !== RESTARTED);
    assert.deepEqual(texts, [...new Set(texts)], 'no line stands twice');
    assert.deepEqual(lastEpoch(log), lastEpoch(logs[0] ?? []), 'all of this epoch stands in every log');
  }
  // Of earlier ones somebody who was cut off then may lack the end; what there is, everybody has in one order.
  const order = new Map();
  for (const log of logs.map((log) => log.filter((line) => line !== RESTARTED))) {
    for (const [n, line] of log.entries()) for (const later of log.slice(n + 1)) order.set(`${line}\n${later}`, true);
  }
  for (const pair of order.keys()) assert.ok(!order.has(pair.split('\n').toReversed().join('\n')), `${pair} have one order`);
  const known = new Set([...seen, ...logs.flat(), ...unsure]);
  assert.deepEqual(said.filter((line) => !known.has(line)), [], 'nothing that was said is lost');
}

/**
 * What the log shows, in order, restarts included.
 *
 * @param {Tab} tab
 */
function shown(tab) {
  return tab.log.locator('.bubble-text, .divider.is-gap').evaluateAll(
    (rows, restarted) => rows.map((row) => (row.classList.contains('is-gap') ? restarted : String(row.textContent))),
    RESTARTED,
  );
}

/** @param {string[]} log */
function lastEpoch(log) {
  return log.slice(log.lastIndexOf(RESTARTED) + 1);
}

/** @param {Tab} tab */
async function isBack(tab) {
  // Not to wait for half a minute, which is what somebody does who is cut off this often.
  await tab.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await tab.isInside();
}

/** Waits until nothing is on its way but what waits for the person. @param {Tab} tab */
async function isSettled(tab) {
  await tab.page.waitForFunction(() =>
    [...document.querySelectorAll('[data-pending] > *')].every((line) => line.textContent?.includes('It may not have arrived')),
  );
}

/**
 * @param {number} seed
 * @param {import('node:test').TestContext} t
 */
function chance(seed, t) {
  t.diagnostic(`SEED=${seed}`);
  let value = (seed * 7919 + 1) % 2_147_483_647;
  return () => (value = (value * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/**
 * @template T
 * @param {T[]} some
 * @param {() => number} random
 */
function pick(some, random) {
  const one = some[Math.floor(random() * some.length)];
  assert.ok(one);
  return one;
}
