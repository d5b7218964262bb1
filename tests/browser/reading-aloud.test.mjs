/** What screen readers are told of the log: additions at its end, and nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

/**
 * Which part of a live region a line belongs to, and what becomes of it there.
 *
 * @param {import('./people.mjs').Tab} tab
 * @param {string} text
 */
async function livelinessOf(tab, text) {
  const line = await tab.sees(text);
  return line.evaluate((it) => it.closest('[aria-live], [role="log"]')?.getAttribute('aria-live') ?? 'polite');
}

test('the browser knows the log as one of additions', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  const cdp = await adas.page.context().newCDPSession(adas.page);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  const log = nodes.find(({ role }) => role?.value === 'log');
  const properties = Object.fromEntries((log?.properties ?? []).map(({ name, value }) => [name, value.value]));
  assert.equal(properties['live'], 'polite');
  assert.equal(properties['relevant'], 'additions');
});

test('what was said before is read out to nobody, what comes is', async (t) => {
  const { server, arrive } = await scene(t, ['--max-frames-per-second', '0']);
  const bea = await visit(server.url, 'Bea');
  for (let n = 1; n <= 130; n += 1) bea.say(`line ${n}`);
  await bea.hears('line 130');
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  await adas.sees('line 130');
  bea.say('just now');
  await adas.sees('just now');
  assert.equal(await livelinessOf(adas, 'line 130'), 'off');
  assert.equal(await livelinessOf(adas, 'just now'), 'polite');

  const status = adas.page.locator('[data-log-status]');
  await adas.page.locator('[data-scroller]').evaluate((it) => void (it.scrollTop = 0));
  await adas.sees('line 20');
  assert.equal(await livelinessOf(adas, 'line 20'), 'off');
  assert.match((await status.textContent()) ?? '', /^\d+ older lines$/);

  await adas.page.locator('.side [data-language]').click();
  await adas.sees('just now');
  assert.equal(await livelinessOf(adas, 'just now'), 'off', 'what is drawn anew was read out before');
  bea.leave();
});

test('a flood is told as a number', async (t) => {
  const { server, arrive } = await scene(t, ['--max-frames-per-second', '0']);
  const bea = await visit(server.url, 'Bea');
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  bea.say('a word');
  await adas.sees('a word');
  // The page draws nothing in between, so all of it comes at once.
  await adas.page.evaluate(() => {
    globalThis.requestAnimationFrame = () => 0;
  });
  for (let n = 1; n <= 60; n += 1) bea.say(`line ${n}`);
  await bea.hears('line 60');
  await adas.sees('line 60');
  assert.equal(await livelinessOf(adas, 'line 60'), 'off');
  assert.match((await adas.page.locator('[data-log-status]').textContent()) ?? '', /^\d+ new lines$/);
  bea.leave();
});

for (const language of /** @type {const} */ (['en', 'zh'])) {
  for (const size of /** @type {const} */ (['wide', 'phone', 'zoomed'])) {
    test(`a checker finds nothing in what one reads, ${language}, ${size}`, async (t) => {
      const { server, arrive } = await scene(t, ['--max-frames-per-second', '0']);
      const viewport = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 }, zoomed: { width: 640, height: 400 } }[size];
      const bea = await visit(server.url, 'Bea', 'tertulia.v1');
      const chidi = await visit(server.url, 'Chidi');
      const dora = await visit(server.url, 'Dora');
      const ada = await arrive({ viewport, locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
      const adas = await ada.open(server.url);
      await adas.enter('Ada');
      for (let n = 1; n <= 30; n += 1) chidi.say(`**line** ${n}, \`code\` and https://example.org`);
      await chidi.hears('**line** 30, `code` and https://example.org');
      dora.leave();
      chidi.vanish();
      bea.command({ type: 'away', away: true });
      await adas.page.locator('[data-gone] .person').nth(1).waitFor({ state: 'attached' });
      await adas.page.locator('[data-presence="away"]').waitFor({ state: 'attached' });
      await adas.hide(true);
      bea.command({ type: 'say', text: 'news' });
      await adas.sees('news');
      await adas.hide(false);
      await assertAccessible(adas.page, 'news and presence');
      await adas.page.locator('[data-scroller]').evaluate((it) => void (it.scrollTop = 0));
      bea.command({ type: 'say', text: 'more' });
      await adas.page.locator('[data-new]').waitFor();
      await assertAccessible(adas.page, 'N new');
      if (size !== 'wide') await adas.page.locator('[data-side-open]').click();
      await assertAccessible(adas.page, 'the people');
      await adas.page.locator('.button-side[popovertarget="settings"]').click();
      await adas.page.locator('[data-notify]').waitFor();
      await assertAccessible(adas.page, 'settings');
      bea.leave();
    });
  }
}
