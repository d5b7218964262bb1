/** Nothing lost, nothing doubled: the page, the real server, and a wire that is cut at the worst moments. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { layWire } from './wire.mjs';

/**
 * Ada over a wire that can be cut, Bea over one that holds.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options] of the server
 */
async function adaOnAWire(t, options) {
  const { server, arrive } = await scene(t, options);
  const wire = await layWire(server.url);
  t.after(() => wire.remove());
  const ada = await arrive();
  const adas = await ada.open(wire.url);
  await adas.enter('Ada');
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  return { server, wire, ada, adas, beas };
}

test('a line whose answer was lost is heard once, and shown once', async (t) => {
  const { wire, adas, beas } = await adaOnAWire(t);
  await adas.say('before');
  await adas.sees('before');
  wire.holdAnswers();
  await adas.say('once');
  await beas.sees('once');
  await adas.onTheirWay.getByText('once').waitFor();
  wire.cut();
  await adas.showsExactly(['before', 'once']);
  await beas.say('and on');
  await adas.showsExactly(['before', 'once', 'and on']);
  await beas.showsExactly(['before', 'once', 'and on']);
});

test('lines lost on the way are said again in order, also at the second cut in a row', async (t) => {
  const { wire, adas, beas } = await adaOnAWire(t);
  wire.goDead();
  await adas.say('one');
  await adas.say('two');
  const connected = adas.page.waitForEvent('websocket');
  wire.refuse(true);
  wire.cut();
  await adas.banner.waitFor();
  await adas.say('three');
  // The next connection carries nothing either, and is cut in its turn.
  wire.refuse(false);
  await connected;
  wire.cut();
  await adas.showsExactly(['one', 'two', 'three']);
  await beas.showsExactly(['one', 'two', 'three']);
});

test('a connection lost before anything was said misses nothing', async (t) => {
  const { wire, adas, beas } = await adaOnAWire(t);
  wire.refuse(true);
  wire.cut();
  await adas.banner.waitFor();
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`);
  for (const line of lines) await beas.say(line);
  await beas.showsExactly(lines);
  wire.refuse(false);
  await adas.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await adas.showsExactly(lines);
});

test('what the server has let go of is told', async (t) => {
  const { wire, adas, beas } = await adaOnAWire(t, ['--history-lines', '4']);
  await beas.say('zero');
  await adas.sees('zero');
  wire.refuse(true);
  wire.cut();
  await adas.banner.waitFor();
  const lines = Array.from({ length: 9 }, (_, n) => `line ${n}`);
  for (const line of lines) await beas.say(line);
  await beas.showsExactly(['zero', ...lines]);
  wire.refuse(false);
  await adas.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await adas.isTold(/5 lines said while you were away cannot be had/);
  await adas.showsExactly(['zero', ...lines.slice(5)]);
});

test('a reload loses neither lines on their way nor the conversation', async (t) => {
  const { wire, adas, beas } = await adaOnAWire(t);
  await beas.say('hello');
  await adas.sees('hello');
  wire.holdAnswers();
  await adas.say('heard already');
  await beas.sees('heard already');
  wire.goDead();
  await adas.say('heard by nobody');
  await adas.onTheirWay.getByText('heard by nobody').waitFor();
  await adas.page.reload();
  await adas.showsExactly(['hello', 'heard already', 'heard by nobody']);
  await beas.showsExactly(['hello', 'heard already', 'heard by nobody']);
});

test('a closed tab leaves its lines to the next one, which says them once', async (t) => {
  const { wire, ada, adas, beas } = await adaOnAWire(t);
  wire.goDead();
  await adas.say('left behind');
  await adas.onTheirWay.getByText('left behind').waitFor();
  await adas.page.close();
  const [one, other] = [await ada.open(wire.url), await ada.open(wire.url)];
  await beas.showsExactly(['left behind']);
  await one.showsExactly(['left behind']);
  await other.showsExactly(['left behind']);
});

test('after a restart what may have been heard waits for the person, also over a reload', async (t) => {
  const { server, wire, adas, beas } = await adaOnAWire(t);
  wire.goDead();
  await adas.say('perhaps heard');
  wire.cut();
  await server.stop('SIGKILL');
  await adas.banner.waitFor();
  await adas.say('surely not');
  await server.startAgain();
  await beas.sees('surely not');
  await adas.onTheirWay.getByText('It may not have arrived.').waitFor();
  await adas.page.reload();
  await adas.onTheirWay.getByText('perhaps heard').waitFor();
  await adas.onTheirWay.getByText('It may not have arrived.').waitFor();
  assert.deepEqual(await beas.texts(), ['surely not'], 'nothing is said again by itself');
});

test('a log-out leaves nothing of what was on its way', async (t) => {
  const { server, wire, adas } = await adaOnAWire(t);
  wire.goDead();
  await adas.say('nobody need know');
  wire.cut();
  await server.stop('SIGKILL');
  await server.startAgain();
  await adas.onTheirWay.getByText('It may not have arrived.').waitFor();
  const kept = () => adas.page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  assert.match(await kept(), /nobody need know/);
  await adas.leave();
  await adas.isAtTheDoor();
  assert.doesNotMatch(await kept(), /nobody need know|tertulia\.(read|pending|draft)/);
});

for (const event of /** @type {const} */ (['visibilitychange', 'pageshow', 'online', 'offline'])) {
  test(`a server that does not answer is found out on ${event}, within five seconds`, async (t) => {
    const { server, arrive } = await scene(t);
    const adas = await (await arrive()).open(server.url);
    await adas.enter('Ada');
    server.freeze();
    const asked = Date.now();
    await adas.page.evaluate((event) => {
      (event === 'visibilitychange' ? document : window).dispatchEvent(new Event(event));
    }, event);
    await adas.banner.waitFor();
    assert.ok(Date.now() - asked > 4_000, 'it was given its time');
    server.thaw();
    await adas.banner.waitFor({ state: 'hidden' });
    await adas.say('back');
    await adas.showsExactly(['back']);
  });
}

test('whose session has ended is not tried again', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  let sockets = 0;
  await adas.enter('Ada');
  adas.page.on('websocket', () => (sockets += 1));
  await adas.page.context().request.delete(`${server.url}/session`);
  await adas.isAtTheDoor();
  for (const event of ['online', 'pageshow']) await adas.page.evaluate((event) => window.dispatchEvent(new Event(event)), event);
  await adas.hide(true);
  await adas.hide(false);
  // Whatever those set going asks first who one is.
  await adas.takeName('');
  await adas.page.locator('[data-name-error]:not(:empty)').waitFor();
  assert.equal(sockets, 0);
});
