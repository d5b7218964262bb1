import assert from 'node:assert/strict';
import { test } from 'node:test';

import { oldProxy } from './old-proxy.mjs';
import { scene } from './scene.mjs';

/**
 * A server behind a proxy that lets no WebSocket pass.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options]
 */
async function behindOldProxy(t, options = []) {
  const { server, arrive } = await scene(t, options);
  const proxy = await oldProxy(server.url);
  t.after(() => proxy.remove());
  return { server, arrive, proxy };
}

test('where no WebSocket passes, people talk by SockJS, and are told so', async (t) => {
  const { server, arrive, proxy } = await behindOldProxy(t);
  const ada = await (await arrive()).open(proxy.url);
  const bea = await (await arrive()).open(server.url);
  await ada.enter('Ada');
  await bea.enter('Bea');
  await ada.listShows(['Ada', 'Bea']);
  for (const [speaker, text] of /** @type {const} */ ([[ada, 'one'], [bea, 'two'], [ada, '第三'], [bea, 'four\u2028']])) {
    await speaker.say(text);
    for (const reader of [ada, bea]) await reader.sees(text.trim());
  }
  assert.deepEqual((await ada.texts()).map((text) => text.trim()), ['one', 'two', '第三', 'four']);
  assert.equal(await ada.page.locator('[data-way]').textContent(), 'HTTP streaming, since WebSocket does not come through');
  await ada.page.getByRole('button', { name: 'over HTTP' }).click();
  await ada.page.locator('[data-way]').getByText('HTTP streaming').waitFor();
  assert.equal(await bea.page.locator('[data-way]').textContent(), 'WebSocket');
  assert.ok(await bea.page.locator('[data-way-short]').isHidden());
});

test('by SockJS, too, a cut loses nothing and doubles nothing', async (t) => {
  const { server, arrive, proxy } = await behindOldProxy(t);
  const ada = await (await arrive()).open(proxy.url);
  const bea = await (await arrive()).open(server.url);
  await ada.enter('Ada');
  await bea.enter('Bea');
  await ada.say('before');
  await bea.sees('before');
  await server.stop('SIGKILL');
  await ada.banner.waitFor();
  await ada.say('meanwhile');
  await server.startAgain();
  await ada.banner.waitFor({ state: 'hidden' });
  await bea.banner.waitFor({ state: 'hidden' });
  await bea.sees('meanwhile');
  await bea.say('after');
  await ada.showsExactly(['before', 'meanwhile', 'after']);
});

test('a log-out elsewhere ends a SockJS session at once, and it does not come back', async (t) => {
  const { arrive, proxy } = await behindOldProxy(t);
  const ada = await arrive();
  const [one, two] = [await ada.open(proxy.url), await ada.open(proxy.url)];
  await one.enter('Ada');
  await two.isInside();
  await one.leave();
  await two.nameField.waitFor();
  await one.nameField.waitFor();
});

test('a tab remembers the way, and comes back to WebSocket when it may', async (t) => {
  const { arrive, proxy } = await behindOldProxy(t);
  const ada = await (await arrive()).open(proxy.url);
  await ada.enter('Ada');
  const { handshakes } = proxy;
  assert.ok(handshakes > 0);
  await ada.page.reload();
  await ada.isInside();
  assert.equal(proxy.handshakes, handshakes, 'no WebSocket was tried after the reload');
  await ada.page.evaluate(() => sessionStorage.clear());
  proxy.learn();
  await ada.page.reload();
  await ada.isInside();
  await ada.page.locator('[data-way]', { hasText: /^WebSocket$/ }).waitFor({ state: 'attached' });
});

test('the lab shows a session of SockJS as the server sees it', async (t) => {
  const { arrive, proxy } = await behindOldProxy(t, ['--lab']);
  const ada = await (await arrive()).open(proxy.url);
  await ada.enter('Ada');
  await ada.page.keyboard.press('Control+Alt+KeyL');
  const lab = ada.page.locator('[data-lab]');
  await lab.getByText(/Request: POST \/sockjs\/.*xhr_streaming/).waitFor();
  await lab.getByText('Answer: HTTP/1.1 200 OK').waitFor();
  await lab.locator('.machine-way.is-lit text').getByText('200', { exact: true }).waitFor();
  await ada.say('seen from both sides');
  await lab.getByRole('tab', { name: 'Server' }).click();
  await lab.getByText('src/transport/sockjs/life.rs').first().waitFor();
  await lab.getByRole('tab', { name: 'Try' }).click();
  for (const name of ['binary', 'feed']) assert.ok(await lab.locator(`[data-do=${name}]`).isDisabled(), name);
  await lab.locator('[data-do=vanish]').click();
  await lab.locator('[data-result=vanish]').getByText('1006').first().waitFor();
  await ada.banner.waitFor({ state: 'hidden' });
  await ada.say('back again');
  await ada.sees('back again');
});
