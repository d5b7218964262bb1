/** The tabs of one browser are one person, and agree. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';

test('a name taken in one tab opens the door in the other, and a log-out closes it', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const [one, other] = [await ada.open(server.url), await ada.open(server.url)];
  await one.isAtTheDoor();
  await other.isAtTheDoor();
  await one.enter('Ada');
  await other.isInside();
  await other.leave();
  await one.isAtTheDoor();
  await other.isAtTheDoor();
});

test('a language chosen in one tab is that of all', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const [one, other] = [await ada.open(server.url), await ada.open(server.url)];
  await one.isAtTheDoor();
  await other.isAtTheDoor();
  await one.page.locator('.entrance [data-language]').click();
  await other.page.getByRole('button', { name: '进屋' }).waitFor();
});

test('what is read in one tab is read in all', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const [one, other] = [await ada.open(server.url), await ada.open(server.url)];
  await one.enter('Ada');
  await other.isInside();
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  await one.hide(true);
  await other.hide(true);
  await beas.say('news');
  await one.page.waitForFunction(() => document.title.startsWith('(1)'));
  await other.page.waitForFunction(() => document.title.startsWith('(1)'));
  await one.hide(false);
  await other.page.waitForFunction(() => !document.title.startsWith('('));
  assert.equal(await one.page.evaluate(() => document.title.startsWith('(')), false);
});
