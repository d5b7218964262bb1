/** What the lab shows, and how one gets in and out of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { openLab } from './lab-people.mjs';
import { scene } from './scene.mjs';

/** @typedef {import('../../static/lab/types.d.ts').Tab} LabTab */

const TABS = /** @type {LabTab[]} */ (['connection', 'frames', 'server', 'times', 'try', 'codes']);

/**
 * Ada, who has come in.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options] of the server
 * @param {import('playwright-core').BrowserContextOptions} [context]
 */
async function ada(t, options, context) {
  const { server, arrive } = await scene(t, options);
  const person = await arrive(context);
  const tab = await person.open(server.url);
  await tab.enter('Ada');
  return { server, arrive, person, tab, page: tab.page };
}

test('the handshake and the first frames are there, although the lab was opened late', async (t) => {
  const { tab } = await ada(t);
  await tab.say('before anybody looked');
  await tab.sees('before anybody looked');
  const lab = await openLab(tab);
  await lab.root.getByText('HTTP/1.1 101 Switching Protocols').waitFor();
  await lab.root.locator('[data-lab-part="handshake"] th', { hasText: 'http-session' }).waitFor();
  const headers = await lab.root.locator('[data-lab-part="handshake"] th[scope="row"]').allTextContents();
  for (const header of ['cookie', 'sec-websocket-key', 'sec-websocket-accept', 'origin']) assert.ok(headers.includes(header), header);
  await lab.show('frames');
  const kinds = await lab.frames.locator('.frame-kind').allTextContents();
  assert.deepEqual(kinds.slice(-3), ['server-time', 'user-list', 'auth'], 'newest first');
  for (const kind of ['say', 'ack', 'chat']) assert.ok(kinds.includes(kind), kind);
});

test('no value of the cookie gets into the page', async (t) => {
  const { tab, page } = await ada(t);
  const cookies = await page.context().cookies();
  const value = cookies.find(({ name }) => name === 'tertulia')?.value ?? '';
  assert.ok(value.length > 20);
  const lab = await openLab(tab);
  await lab.root.getByText('tertulia=••••').waitFor();
  await lab.root.locator('[data-lab-part="session"] button').click();
  await lab.root.getByText('document.cookie, as a script sees it: (nothing)').waitFor();
  await lab.show('frames');
  await lab.root.locator('[data-lab-part="frames"]').waitFor();
  await lab.root.getByLabel('Kind of frame').selectOption('all');
  for (const summary of await lab.frames.locator('summary').all()) await summary.click();
  const all = await page.content();
  for (const form of [value, decodeURIComponent(value), encodeURIComponent(value)]) assert.ok(!all.includes(form));
});

test('frames can be filtered, paused and cleared, and one opens to its JSON', async (t) => {
  const { tab } = await ada(t);
  const lab = await openLab(tab);
  await lab.show('frames');
  await tab.say('one');
  await lab.frames.locator('[data-type="chat"]').waitFor();
  await lab.root.getByLabel('In', { exact: true }).uncheck();
  await lab.frames.locator('[data-direction="in"]').first().waitFor({ state: 'detached' });
  assert.ok((await lab.frames.locator('[data-direction="out"]').count()) > 0);
  await lab.root.getByLabel('In', { exact: true }).check();
  await lab.root.getByLabel('Kind of frame').selectOption('auth');
  await lab.frames.locator('[data-type="auth"] summary').click();
  await lab.frames.getByText('"name": "Ada"').waitFor();
  assert.equal(await lab.frames.locator('li').count(), 1);
  await lab.root.getByRole('button', { name: 'Pause' }).click();
  await lab.root.getByLabel('Kind of frame').selectOption('talk');
  const before = await lab.frames.locator('li').count();
  await tab.say('two');
  await tab.sees('two');
  assert.equal(await lab.frames.locator('li').count(), before, 'nothing moves while it is paused');
  await lab.root.getByRole('button', { name: 'Clear' }).click();
  assert.equal(await lab.frames.locator('li').count(), 0);
});

test('pings, pongs and round trips come from the server', async (t) => {
  const { tab } = await ada(t, ['--heartbeat-interval', '500ms', '--heartbeat-timeout', '4s']);
  const lab = await openLab(tab);
  await lab.show('server');
  await lab.root.locator('[data-kind="ping"]').first().waitFor();
  await lab.root.locator('[data-kind="pong"]', { hasText: /Pong came back after \d+\.\d ms/ }).first().waitFor();
  await lab.show('times');
  await lab.root.getByRole('button', { name: 'Measure' }).click();
  await lab.root.locator('td', { hasText: 'question of the page' }).first().waitFor();
  await lab.root.locator('td', { hasText: 'ping of the server' }).first().waitFor();
});

test('a report leads to the source in which it happened', async (t) => {
  const { server, tab } = await ada(t);
  const lab = await openLab(tab);
  await lab.show('server');
  const link = lab.root.locator('[data-kind="joined"] a').first();
  const address = new URL((await link.getAttribute('href')) ?? '', server.url);
  const answer = await fetch(address);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /^\/\/! /);
});

test('where the lab is off there is no door, no tape and no shortcut', async (t) => {
  const { tab, page } = await ada(t, ['--lab=false']);
  assert.equal(await page.locator('[data-lab-open]').isVisible(), false);
  await page.keyboard.press('Control+Alt+KeyL');
  await tab.say('still here');
  await tab.sees('still here');
  assert.equal(await page.locator('[data-lab]').count(), 0);
});

test('the keyboard opens the lab, walks its tabs and closes it, and the focus comes back', async (t) => {
  const { tab, page } = await ada(t);
  await tab.box.focus();
  await page.keyboard.press('Control+Alt+KeyL');
  await page.locator('.lab-title:focus').waitFor();
  await page.locator('#lab-tab-connection').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#lab-tab-frames[aria-selected="true"]:focus').waitFor();
  await page.keyboard.press('End');
  await page.locator('#lab-tab-codes[aria-selected="true"]:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-lab-open]:focus').waitFor();
  assert.equal(await page.locator('[data-lab]').isVisible(), false);
});

test('nothing of the lab is asked for before it is opened', async (t) => {
  const { server, arrive } = await scene(t);
  const person = await arrive();
  /** @type {string[]} */
  const asked = [];
  const tab = await person.open(server.url, { prepare: async (page) => void page.on('request', (request) => asked.push(request.url())) });
  await tab.enter('Ada');
  assert.deepEqual(asked.filter((url) => /\/lab[./]/.test(url)), []);
  await openLab(tab);
  assert.ok(asked.some((url) => url.endsWith('/lab/lab.js')));
});

test('who comes in next at this screen sees nothing of what was seen before', async (t) => {
  const { tab, page } = await ada(t);
  await tab.say('a secret');
  await tab.sees('a secret');
  const lab = await openLab(tab);
  await lab.show('frames');
  await lab.frames.locator('[data-type="say"]').waitFor();
  await lab.page.keyboard.press('Escape');
  await tab.leave();
  await tab.enter('Bea');
  const next = await openLab(tab);
  await next.show('frames');
  await next.frames.locator('[data-type="auth"] summary').click();
  await next.frames.getByText('"name": "Bea"').waitFor();
  assert.equal(await next.frames.locator('[data-type="say"]').count(), 0);
  assert.ok(!(await page.locator('[data-lab]').textContent())?.includes('Ada'));
});

test('another language makes the same lab in its words', async (t) => {
  const { tab, page } = await ada(t);
  const lab = await openLab(tab);
  await lab.show('codes');
  await page.locator('.side [data-language]').click();
  await page.locator('#lab-tab-codes[aria-selected="true"]', { hasText: '状态码' }).waitFor();
  await lab.root.getByText('正常结束').waitFor();
});

for (const [name, viewport] of /** @type {const} */ ([['wide', { width: 1280, height: 800 }], ['phone', { width: 390, height: 844 }]])) {
  test(`every part of the lab is accessible, ${name}`, async (t) => {
    const { tab, page } = await ada(t, ['--heartbeat-interval', '500ms', '--heartbeat-timeout', '4s'], { viewport });
    const lab = await openLab(tab);
    await lab.root.locator('[data-lab-part="handshake"] th', { hasText: 'http-session' }).waitFor();
    for (const name of TABS) {
      await lab.show(name);
      if (name === 'frames') await lab.frames.locator('[data-type="auth"] summary').click();
      if (name === 'times') await lab.root.locator('td', { hasText: 'ping of the server' }).first().waitFor();
      await assertAccessible(page, `the lab's ${name}`);
      const overflow = await page.evaluate(() =>
        [...document.querySelectorAll('html, [data-lab], .lab-body')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className),
      );
      assert.deepEqual(overflow, [], `nothing of ${name} is wider than its place`);
    }
    await lab.root.locator('[data-tour-start]').click();
    await assertAccessible(page, 'the tour');
  });
}
