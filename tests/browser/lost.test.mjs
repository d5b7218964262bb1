import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Person, launchMortalBrowser } from './people.mjs';
import { scene } from './scene.mjs';
import { layWire } from './wire.mjs';

test('a browser that dies shows as dropped out', async (t) => {
  const { server, arrive } = await scene(t);
  const mortal = await launchMortalBrowser();
  t.after(() => mortal.kill());
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  const beas = await (await Person.arrive(mortal.browser)).open(server.url);
  await beas.enter('Bea');
  await adas.listShows(['Ada', 'Bea']);
  await mortal.kill();
  await adas.isTold(/Bea.* dropped out: the connection broke/);
  await adas.listShows(['Ada']);
});

test('somebody whose connection goes dead shows as dropped out, once', async (t) => {
  const { server, arrive } = await scene(t, ['--heartbeat-interval', '500ms', '--heartbeat-timeout', '4s']);
  const wire = await layWire(server.url);
  t.after(() => wire.remove());
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  const beas = await (await arrive()).open(wire.url);
  await beas.enter('Bea');
  wire.goDead();
  await adas.isTold(/Bea.* dropped out: no sign of life/);
  await adas.listShows(['Ada']);
  assert.equal(await adas.log.locator('.quiet').count(), 2, 'one line for coming, one for going');
});

test('a page that is shown again finds out that its connection is dead', async (t) => {
  const { server, arrive } = await scene(t);
  const wire = await layWire(server.url);
  t.after(() => wire.remove());
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  const adas = await (await arrive()).open(wire.url);
  await adas.enter('Ada');
  await adas.hide(true);
  wire.goDead();
  const anotherSocket = adas.page.waitForEvent('websocket');
  await adas.hide(false);
  await anotherSocket;
  await adas.isInside();
  await beas.say('there you are');
  await adas.sees('there you are');
  await adas.listShows(['Ada', 'Bea']);
});
