/** How people are, in words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

/**
 * Waits until the list says this of somebody.
 *
 * @param {import('./people.mjs').Tab} tab
 * @param {string} name
 * @param {string} presence
 * @param {string} [list]
 */
async function reads(tab, name, presence, list = '[data-people]') {
  const row = tab.page.locator(`${list} .person`, { has: tab.page.locator('bdi', { hasText: name }) });
  await row.locator('.person-presence', { hasText: presence }).waitFor();
}

test('online, typing, away, left and dropped out are told in words', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  await reads(adas, 'Ada', 'online');
  const bea = await visit(server.url, 'Bea', 'tertulia.v1');
  await reads(adas, 'Bea', 'online');
  bea.command({ type: 'typing' });
  await reads(adas, 'Bea', 'typing…');
  bea.command({ type: 'say', text: 'done' });
  await reads(adas, 'Bea', 'online');
  bea.command({ type: 'away', away: true });
  await reads(adas, 'Bea', 'away');
  assert.equal(await adas.page.locator('[data-people-line]').textContent(), '2 people here, 1 away');
  bea.command({ type: 'away', away: false });
  await reads(adas, 'Bea', 'online');

  const gone = '[data-gone]';
  bea.leave();
  await reads(adas, 'Bea', 'left a moment ago', gone);
  await adas.listShows(['Ada']);
  const chidi = await visit(server.url, 'Chidi');
  await reads(adas, 'Chidi', 'online');
  chidi.vanish();
  await reads(adas, 'Chidi', 'dropped out a moment ago', gone);
  assert.deepEqual(await adas.page.locator(`${gone} bdi`).allTextContents(), ['Chidi', 'Bea'], 'who went last stands first');

  const back = await visit(server.url, 'Chidi');
  await reads(adas, 'Chidi', 'online');
  t.after(() => back.vanish());
});

test('without a connection nobody is said to be here or not', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  await reads(adas, 'Ada', 'online');
  await server.stop('SIGTERM');
  await adas.banner.waitFor();
  await adas.page.locator('.person-presence:empty').waitFor({ state: 'attached' });
});

test('two hundred are named, the rest are a number', async (t) => {
  const { server, arrive } = await scene(t, ['--max-handshakes-per-second', '0']);
  const visitors = await Promise.all(Array.from({ length: 203 }, (_, n) => visit(server.url, `Visitor ${n}`)));
  t.after(() => visitors.forEach((visitor) => visitor.vanish()));
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  await adas.page.locator('[data-people-more]', { hasText: 'and 4 more' }).waitFor();
  const names = await adas.people.locator('bdi').allTextContents();
  assert.deepEqual([names.length, ...names.slice(0, 4)], [200, 'Ada', 'Visitor 0', 'Visitor 1', 'Visitor 2']);
});
