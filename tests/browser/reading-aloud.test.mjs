/** What screen readers are told of the log: additions at its end, and nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

/**
 * What the browser tells assistive technology of the element with this text: how its live region speaks up.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} text
 */
async function livelinessOf(page, text) {
  const cdp = await page.context().newCDPSession(page);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  let node = nodes.find(({ role, name }) => role?.value === 'StaticText' && name?.value === text);
  assert.ok(node, `${text} is in the tree`);
  const property = (/** @type {string} */ name) => node?.properties?.find((one) => one.name === name)?.value.value;
  while (node && property('live') === undefined) node = byId.get(node.parentId ?? '');
  return { live: property('live'), relevant: property('relevant') };
}

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
  assert.equal((await livelinessOf(adas.page, 'line 130')).live, 'off');
  assert.deepEqual(await livelinessOf(adas.page, 'just now'), { live: 'polite', relevant: 'additions' });

  const status = adas.page.locator('[data-log-status]');
  await adas.page.locator('[data-scroller]').evaluate((it) => void (it.scrollTop = 0));
  await adas.sees('line 20');
  assert.equal((await livelinessOf(adas.page, 'line 20')).live, 'off');
  assert.match((await status.textContent()) ?? '', /^\d+ older lines$/);

  await adas.page.locator('.side [data-language]').click();
  await adas.sees('just now');
  assert.equal((await livelinessOf(adas.page, 'just now')).live, 'off', 'what is drawn anew was read out before');
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
  assert.equal((await livelinessOf(adas.page, 'line 60')).live, 'off');
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
      await adas.page.locator('[popovertarget="settings"]').click();
      await adas.page.locator('[data-notify]').waitFor();
      await assertAccessible(adas.page, 'settings');
      bea.leave();
    });
  }
}
