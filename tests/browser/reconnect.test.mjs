import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';

test('after a restart "retry now" brings back, and nobody is signed out', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  await adas.say('before');
  await adas.sees('before');

  await server.stop('SIGTERM');
  await adas.banner.getByText(/Trying again in \d+ s/).waitFor();
  await adas.say('written meanwhile');
  await adas.onTheirWay.getByText('written meanwhile').waitFor();
  assert.deepEqual(await adas.texts(), ['before'], 'the conversation stays');

  await server.startAgain();
  await retryUntilBack(adas);
  await adas.sees('written meanwhile');
  await adas.isTold(/The server restarted/);
  assert.deepEqual(await adas.texts(), ['before', 'written meanwhile']);
  assert.equal((await adas.page.context().cookies()).length > 0, true);
});

test('a lost server is found again without anybody doing anything', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const bea = await arrive();
  const adas = await ada.open(server.url);
  const beas = await bea.open(server.url);
  await adas.enter('Ada');
  await beas.enter('Bea');

  await server.stop('SIGKILL');
  await adas.banner.waitFor();
  await beas.banner.waitFor();
  await server.startAgain();
  await adas.banner.waitFor({ state: 'hidden' });
  await beas.banner.waitFor({ state: 'hidden' });
  await adas.say('here we are again');
  await beas.sees('here we are again');
  await adas.listShows(['Ada', 'Bea']);
});

test('a line that may not have arrived is kept, and can go back to the box', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  server.freeze();
  await adas.say('into the void');
  await server.stop('SIGKILL');
  await server.startAgain();
  await adas.banner.waitFor({ state: 'hidden' });
  await adas.onTheirWay.getByText('It may not have arrived.').waitFor();
  await adas.page.getByRole('button', { name: 'Back to the box' }).click();
  assert.equal(await adas.box.inputValue(), 'into the void');
  await adas.box.press('Enter');
  await adas.sees('into the void');
  assert.deepEqual(await adas.texts(), ['into the void']);
});

test('the network coming back is reason enough to try at once', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  // 1012 makes the page wait for five seconds at least.
  await server.stop('SIGTERM');
  await adas.banner.getByText(/Trying again in \d+ s/).waitFor();
  await server.startAgain();
  await adas.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await adas.banner.waitFor({ state: 'hidden' });
  await adas.say('back');
  await adas.sees('back');
});

test('one tab too many says so, and comes in once there is room', async (t) => {
  const { server, arrive } = await scene(t, ['--max-sockets-per-user', '1']);
  const ada = await arrive();
  const first = await ada.open(server.url);
  await first.enter('Ada');
  const second = await ada.open(server.url);
  await second.banner.getByText(/too many tabs/).waitFor();
  await first.page.close();
  await retryUntilBack(second);
  await second.say('room at last');
  await second.sees('room at last');
});

/**
 * Presses "retry now" whenever there is one, until the banner is gone.
 *
 * @param {import('./people.mjs').Tab} tab
 */
async function retryUntilBack(tab) {
  while (await tab.banner.isVisible()) {
    // Between the look and the press it may have come back by itself.
    await tab.retryButton.click({ timeout: 1000 }).catch(() => {});
  }
}
