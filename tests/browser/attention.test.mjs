/** What reaches somebody who looks elsewhere: title, icon, notifications. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

test('title and icon count what is unread, and no longer when it is read', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  const bea = await visit(server.url, 'Bea');
  t.after(() => bea.vanish());
  const icon = adas.page.locator('[data-icon]');
  assert.match((await icon.getAttribute('href')) ?? '', /icon\.svg$/);
  await adas.hide(true);
  bea.say('one');
  await adas.page.waitForFunction(() => document.title === '(1) tertulia');
  await adas.page.waitForFunction(() => document.querySelector('[data-icon]')?.getAttribute('href')?.startsWith('data:image/png'));
  const withOne = await icon.getAttribute('href');
  bea.say('two');
  await adas.page.waitForFunction(() => document.title === '(2) tertulia');
  await adas.page.waitForFunction((before) => document.querySelector('[data-icon]')?.getAttribute('href') !== before, withOne);
  await adas.hide(false);
  await adas.page.waitForFunction(() => document.title === 'tertulia');
  assert.match((await icon.getAttribute('href')) ?? '', /icon\.svg$/);
});

/**
 * Lets a page tell of the notifications it makes; they are made all the same.
 *
 * @param {import('playwright-core').Page} page
 */
async function watchNotifications(page) {
  await page.addInitScript(() => {
    /** @type {{ title: string, body: string, isClosed: boolean }[]} */
    const made = [];
    const asked = { count: 0 };
    const Real = globalThis.Notification;
    class Watched extends Real {
      /** @param {string} title @param {NotificationOptions} [options] */
      constructor(title, options) {
        super(title, options);
        const record = { title, body: options?.body ?? '', isClosed: false };
        made.push(record);
        Object.defineProperty(this, 'close', { value: () => ((record.isClosed = true), Real.prototype.close.call(this)) });
      }

      /**
       * @override
       * @returns {Promise<NotificationPermission>}
       */
      static requestPermission() {
        asked.count += 1;
        return Real.requestPermission();
      }
    }
    Object.assign(globalThis, { Notification: Watched, made, asked });
  });
}

/** @param {import('./people.mjs').Tab} tab */
const made = (tab) => tab.page.evaluate(() => /** @type {any} */ (globalThis).made);
/** @param {import('./people.mjs').Tab} tab */
const askedBy = (tab) => tab.page.evaluate(() => /** @type {any} */ (globalThis).asked.count);

/**
 * @param {import('./people.mjs').Tab} tab
 * @param {number} count
 */
async function hasMade(tab, count) {
  await tab.page.waitForFunction((count) => /** @type {any} */ (globalThis).made.length === count, count);
}

/** @param {import('./people.mjs').Tab} tab */
async function switchOn(tab) {
  await tab.page.locator('.button-side[popovertarget="settings"]').click();
  await tab.page.locator('[data-notify]').check();
  await tab.page.keyboard.press('Escape');
}

test('nobody is asked before they want notifications, and one tab notifies for all', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive({ permissions: ['notifications'] });
  const first = await ada.open(server.url, { prepare: watchNotifications });
  await first.enter('Ada');
  const second = await ada.open(server.url, { prepare: watchNotifications });
  await second.isInside();
  const bea = await visit(server.url, 'Bea');
  t.after(() => bea.vanish());
  assert.equal(await askedBy(first), 0);
  await switchOn(first);
  await hasMade(first, 1);
  assert.equal(await askedBy(first), 1);
  // The other tab knows it, too.
  await second.page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector('[data-notify]')).checked);

  // Somebody reads in one of them: nothing to tell.
  await first.hide(true);
  bea.say('seen at once');
  await second.sees('seen at once');
  await first.page.waitForFunction(() => document.title === 'tertulia');

  await second.hide(true);
  bea.say('are you there?');
  await hasMade(first, 2);
  assert.deepEqual((await made(first))[1], { title: 'Bea', body: 'are you there?', isClosed: false });
  assert.deepEqual(await made(second), [], 'the other says nothing');

  // Read in the other tab: gone in the first.
  await second.hide(false);
  await first.page.waitForFunction(() => /** @type {any} */ (globalThis).made[1].isClosed);
});

test('a notification can keep to itself what was said', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive({ permissions: ['notifications'] });
  const adas = await ada.open(server.url, { prepare: watchNotifications });
  await adas.enter('Ada');
  const bea = await visit(server.url, 'Bea');
  t.after(() => bea.vanish());
  await adas.page.locator('.button-side[popovertarget="settings"]').click();
  assert.equal(await adas.page.locator('[data-notify-text]').isDisabled(), true);
  await adas.page.locator('[data-notify]').check();
  await adas.page.locator('[data-notify-text]').uncheck();
  await adas.page.keyboard.press('Escape');
  await hasMade(adas, 1);
  await adas.hide(true);
  bea.say('a secret');
  await hasMade(adas, 2);
  assert.doesNotMatch(JSON.stringify(await made(adas)), /secret/);
  assert.match((await made(adas))[1].body, /Bea.* said something/);

  // It is kept over a reload, and what is history by then is not told.
  await adas.hide(false);
  await adas.page.reload();
  await adas.isInside();
  await adas.sees('a secret');
  assert.equal(await adas.page.locator('[data-notify]').isChecked(), true);
  assert.equal(await adas.page.locator('[data-notify-text]').isChecked(), false);
  assert.deepEqual(await made(adas), []);
});

test('who blocks notifications is told how to change that', async (t) => {
  const { server, arrive } = await scene(t);
  // A browser without a window refuses by itself.
  const adas = await (await arrive()).open(server.url, { prepare: watchNotifications });
  await adas.enter('Ada');
  await adas.page.locator('.button-side[popovertarget="settings"]').click();
  const notify = adas.page.locator('[data-notify]');
  const isBlocked = await adas.page.evaluate(() => Notification.permission === 'denied');
  if (!isBlocked) await notify.click();
  await adas.page.locator('[data-notify-hint]', { hasText: 'Your browser blocks notifications' }).waitFor();
  assert.equal(await notify.isChecked(), false);
  assert.deepEqual(await made(adas), []);
});

test('phones and desktops can install the page', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  const cdp = await adas.page.context().newCDPSession(adas.page);
  const { errors, data } = await cdp.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data ?? '');
  assert.equal(manifest.display, 'standalone');
  for (const { src, sizes, type } of manifest.icons) {
    const answer = await fetch(new URL(src, server.url));
    assert.equal(answer.headers.get('content-type'), type, src);
    if (type !== 'image/png') continue;
    // Width and height stand in the head of the first chunk.
    const head = new DataView(await answer.arrayBuffer());
    assert.equal(`${head.getUint32(16)}x${head.getUint32(20)}`, sizes, src);
  }
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  // Each person here has a window of their own that forgets all, in which nothing is ever installed.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), []);
});
