/**
 * The page against a model of the server, under cuts, restarts, reloads, closed and frozen tabs in any order: what was
 * acknowledged stands once and in order in every log, or the log tells that something is missing; what was not is
 * still there.
 *
 * `SEED=n` repeats one round.
 *
 * @import { Entry } from '../../static/types.d.ts'
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel, FakeStorage, ModelPage } from './model-page.mjs';
import { ModelServer } from './model-server.mjs';

const ADA = { id: 'aaaaaaaaaaaaaaaa', name: 'Ada' };
const BEA = { id: 'bbbbbbbbbbbbbbbb', name: 'Bea' };
const EVE = { id: 'eeeeeeeeeeeeeeee', name: 'Eve' };
const ROUNDS = 150;
const STEPS = 260;

/** @param {number} seed */
function chance(seed) {
  let value = (seed * 7919 + 1) % 2_147_483_647;
  const random = () => (value = (value * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let n = 0; n < 5; n += 1) random();
  return random;
}

class World {
  #random;
  #said = 0;
  /** What each line said: by the text, since it gets an id of its own. @type {Set<string>} */
  texts = new Set();

  /** @param {number} seed */
  constructor(seed) {
    this.#random = chance(seed);
    this.server = new ModelServer(seed % 2 === 0 ? 25 : 1000);
    this.browsers = [ADA, BEA, EVE].map((user) => ({ user, local: new FakeStorage(), channel: new Channel() }));
    /** @type {ModelPage[]} */
    this.pages = [];
    for (const browser of this.browsers) this.open(browser, new FakeStorage());
    this.open(this.browser(0), new FakeStorage());
  }

  /** @param {number} n */
  browser(n) {
    const browser = this.browsers[n];
    assert.ok(browser);
    return browser;
  }

  /** @param {typeof this.browsers[number]} browser @param {FakeStorage} session */
  open({ user, local, channel }, session) {
    this.pages.push(new ModelPage(user, { local, session, channel }));
  }

  /** @param {number} of */
  below(of) {
    return Math.floor(this.#random() * of);
  }

  /** @param {ModelPage} page */
  browserOf(page) {
    return this.browser(this.browsers.findIndex(({ user }) => user === page.user));
  }

  /** Something happens. */
  async step() {
    const page = this.pages[this.below(this.pages.length)];
    const dice = this.below(1000);
    if (dice < 8) return this.server.restart();
    if (!page) return this.open(this.browser(this.below(3)), new FakeStorage());
    if (dice < 30) return this.#replace(page, dice);
    if (page.isFrozen) return dice < 300 ? page.freeze(false) : undefined;
    if (dice < 50) return page.freeze(true);
    if (dice < 130) return page.wire?.cut();
    if (dice < 330) return page.wire ? page.notice() : page.connect(this.server);
    if (dice < 450) return this.#say(page);
    if (dice < 480) return page.conversation.askOlder();
    if (dice < 520) return page.keeper.keepRead();
    if (dice < 680) return page.turn();
    // A few at once, as networks do.
    for (let n = this.below(6); n >= 0; n -= 1) {
      if (this.below(2) === 0) page.wire?.deliverUp();
      else page.deliverDown();
    }
  }

  /** A tab is closed, loaded anew, duplicated, or opened. @param {ModelPage} page @param {number} dice */
  #replace(page, dice) {
    const browser = this.browserOf(page);
    if (dice < 12) return this.pages.length < 6 && this.open(browser, page.session.copy());
    if (dice < 15) return this.pages.length < 6 && this.open(browser, new FakeStorage());
    page.die();
    this.pages.splice(this.pages.indexOf(page), 1);
    if (dice < 26) this.open(browser, page.session);
  }

  /** @param {ModelPage} page */
  #say(page) {
    this.#said += 1;
    // Now and then two lines have the same text, and only their ids tell them apart.
    const text = this.below(8) === 0 ? 'yes' : `line ${this.#said}`;
    if (page.conversation.say(text)) this.texts.add(text);
  }

  /** The network holds, everybody is there and heard to the end. */
  async heal() {
    for (const page of this.pages) page.freeze(false);
    // Whatever was left behind has an heir at last.
    for (const browser of this.browsers) this.open(browser, new FakeStorage());
    for (let isMoving = true, rounds = 0; isMoving; rounds += 1) {
      assert.ok(rounds < 500, 'it comes to rest');
      isMoving = false;
      for (const page of this.pages) {
        page.notice();
        page.connect(this.server);
        isMoving = page.later.length > 0 || isMoving;
        await page.turn();
        while (page.wire?.deliverUp()) isMoving = true;
        while (page.deliverDown()) isMoving = true;
      }
    }
  }
}

/**
 * Every line of the log is one that was said, in its place; between two that do not follow each other the log tells
 * that something is missing.
 *
 * @param {World} world
 * @param {ModelPage} page
 */
function checkLog({ server }, page) {
  const { log, older } = page.state;
  let told = false;
  /** How many are said to be missing; `NaN` where nobody knows. */
  let missing = 0;
  /** @type {{ epoch: string, run: number, number: number } | null} */
  let before = null;
  let key = -Infinity;
  for (const entry of log) {
    assert.ok(entry.key > key, 'keys order the log');
    key = entry.key;
    if (entry.kind === 'gap') {
      told = true;
      missing += entry.lines ?? NaN;
    }
    if (entry.kind !== 'chat') continue;
    const line = server.said.get(entry.at);
    assert.ok(line, 'it was said');
    assert.equal(line.number, entry.id);
    if (before === null) checkBeginning(page, line, told || older.more);
    else if (line.epoch === before.epoch && line.number === before.number + 1) assert.ok(!told, 'nothing is missing here');
    else {
      assert.ok(line.run > before.run || (line.run === before.run && line.number > before.number), 'once and in order');
      if (line.epoch === before.epoch && missing > 0) assert.equal(missing, line.number - before.number - 1);
      assert.ok(told, `between ${before.run}:${before.number} and ${line.run}:${line.number} nobody told of a gap`);
    }
    before = line;
    told = false;
    missing = 0;
  }
  const last = before !== null && before.epoch === server.epoch ? before.number : 0;
  assert.ok(last === server.last || told, 'it goes on to the end');
}

/**
 * What had been read before this page was loaded is the only thing that may be missing without a word.
 *
 * @param {ModelPage} page
 * @param {{ epoch: string, number: number }} first
 * @param {boolean} told
 */
function checkBeginning({ readAtStart }, first, told) {
  if (told || readAtStart === null || first.number === 1) return;
  assert.equal(readAtStart.epoch, first.epoch, 'a restart is told');
  assert.ok(first.number <= readAtStart.number + 1, 'what was missed is told');
}

/** @param {World} world */
function checkLines({ server, pages, texts }) {
  const times = new Map();
  for (const { id } of server.said.values()) times.set(id, (times.get(id) ?? 0) + 1);
  for (const [id, count] of times) assert.equal(count, 1, `${id} was said ${count} times`);
  const pending = pages.flatMap((page) => page.state.pending);
  for (const line of pending) assert.equal(line.status, 'unsure', 'what could be said was said');
  const ids = pending.map((line) => line.id);
  assert.equal(new Set(ids).size, ids.length, 'a line has one owner');
  const known = new Set([...server.heardTexts, ...pending.map((line) => line.text)]);
  for (const text of texts) assert.ok(known.has(text), `"${text}" is lost`);
}

/** @param {World} world */
function checkScreens({ pages }) {
  for (const { state } of pages) {
    const own = state.log.flatMap((entry) => (entry.kind === 'chat' && entry.user.id === state.me?.id ? [entry.text] : []));
    for (const line of state.pending) {
      if (line.number !== null || line.text === 'yes' || line.status === 'unsure' || state.awaitsHistory) continue;
      assert.ok(!own.includes(line.text), `"${line.text}" is shown twice`);
    }
  }
}

test('nothing is lost and nothing doubled, whatever breaks', async () => {
  const only = Number(process.env.SEED ?? 0);
  for (let seed = only || 1; seed <= (only || ROUNDS); seed += 1) {
    try {
      const world = new World(seed);
      for (let n = 0; n < STEPS; n += 1) {
        await world.step();
        checkScreens(world);
      }
      await world.heal();
      for (const page of world.pages) checkLog(world, page);
      checkLines(world);
    } catch (failure) {
      throw new Error(`SEED=${seed}: ${failure instanceof Error ? failure.message : failure}`, { cause: failure });
    }
  }
});
