/** Each experiment of the lab with what really comes of it, at this page and at somebody else's. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openLab } from './lab-people.mjs';
import { scene } from './scene.mjs';

/** @typedef {import('../../static/lab/types.d.ts').TrialName} TrialName */

/**
 * Ada in the lab, and Bea who sees what others see.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options] of the server
 */
async function labAndBea(t, options) {
  const { server, arrive } = await scene(t, options);
  const ada = await arrive();
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  await beas.isTold(/Ada.* came in/);
  const lab = await openLab(adas);
  return { server, ada, adas, beas, lab };
}

test('close with 1000, and stay away: the others read that Ada left', async (t) => {
  const { beas, lab } = await labAndBea(t);
  await lab.stayAway(true);
  await lab.does('close');
  await beas.isTold(/Ada.* left/);
  await lab.reads('close', /closed with 1000/);
  await lab.reads('close', /The others were told offline/);
  await lab.isBackAs(2);
  await lab.show('codes');
  await lab.root.locator('[aria-current="true"] th', { hasText: '1000' }).waitFor();
});

test('vanish, and stay away: the others read that Ada dropped out', async (t) => {
  const { beas, lab } = await labAndBea(t);
  await lab.stayAway(true);
  await lab.does('vanish');
  await beas.isTold(/Ada.* dropped out: the connection broke/);
  await lab.reads('vanish', /closed with 1006/);
  await lab.reads('vanish', /The others were told dropped, connection-lost/);
  await lab.isBackAs(2);
});

test('vanish, and come back within the grace: nobody is told', async (t) => {
  const { adas, beas, lab } = await labAndBea(t, ['--presence-grace', '5s']);
  await lab.does('vanish');
  await lab.isBackAs(2);
  await lab.reads('vanish', /within the grace\. Nobody was told anything/);
  await adas.say('never away');
  await beas.sees('never away');
  assert.equal(await beas.log.locator('.quiet').count(), 1, 'Bea only ever read that Ada came');
});

test('stop answering: the heartbeat runs out, and the others read it', async (t) => {
  const { beas, lab } = await labAndBea(t, ['--heartbeat-interval', '500ms', '--heartbeat-timeout', '3s']);
  await lab.stayAway(true);
  await lab.does('deaf');
  await lab.reads('deaf', /limit is reached in \d s/);
  await beas.isTold(/Ada.* dropped out: no sign of life/);
  await lab.reads('deaf', /closed with 4008/);
  await lab.reads('deaf', /told dropped, heartbeat-timeout/);
  await lab.isBackAs(2);
});

test('a text frame and half a command are answered, and the socket lives on', async (t) => {
  const { adas, beas, lab } = await labAndBea(t);
  await lab.does('text');
  await lab.reads('text', /answered server-time/);
  await lab.does('json');
  await lab.reads('json', /answered error: unknown-command/);
  await adas.say('the same socket');
  await beas.sees('the same socket');
  await lab.isBackAs(1);
});

for (const [name, code] of /** @type {[TrialName, number][]} */ ([['binary', 1003], ['long', 1009], ['flood', 1008]])) {
  test(`${name} is refused with ${code}, and Ada comes back`, async (t) => {
    const { adas, beas, lab } = await labAndBea(t, ['--presence-grace', '5s', '--max-frames-per-second', '20']);
    await lab.does(name);
    await lab.reads(name, new RegExp(`closed with ${code}`));
    await lab.isBackAs(2);
    await adas.say('back again');
    await beas.sees('back again');
  });
}

test('every rule of the wire is broken with its own code', async (t) => {
  const { lab } = await labAndBea(t, ['--presence-grace', '10s']);
  const rules = {
    unmasked: 'frame not masked',
    'reserved-bit': 'reserved bit set',
    'reserved-opcode': 'reserved opcode',
    'bad-utf8': 'not UTF-8',
    'fragmented-ping': 'fragmented control frame',
    'short-close': 'half a close code',
    'long-length': 'length not minimal',
  };
  let sockets = 1;
  for (const [rule, reason] of Object.entries(rules)) {
    await lab.show('try');
    await lab.root.locator('[data-rule]').selectOption(rule);
    await lab.does('feed');
    await lab.reads('feed', new RegExp(`closed with ${rule === 'bad-utf8' ? 1007 : 1002} “${reason}”`));
    await lab.reads('feed', new RegExp(`a rule is broken, “${reason}”`));
    sockets += 1;
    await lab.isBackAs(sockets);
  }
});

test('a second tab is the same person, and nobody is told', async (t) => {
  const { adas, beas, lab } = await labAndBea(t);
  const opened = adas.page.context().waitForEvent('page');
  await lab.does('tab');
  const second = await opened;
  await lab.reads('tab', /you have 2 sockets now\. Others are told nothing/);
  await second.locator('[data-text]').waitFor();
  await adas.say('one person');
  await second.locator('.bubble-text', { hasText: 'one person' }).waitFor();
  await beas.sees('one person');
  assert.equal(await beas.log.locator('.quiet').count(), 1);
});

test('a foreign origin is turned away with 403, and the lab says what was compared with what', async (t) => {
  const { server, ada, lab } = await labAndBea(t);
  await lab.does('origin');
  await lab.reads('origin', /A handshake was refused: 403 origin-refused\. Interceptor origin: got http:\/\/127\.0\.0\.1/);
  await lab.reads('origin', /--allowed-origin http:\/\/127\.0\.0\.1/);
  const { port } = new URL(server.url);
  // To look at a stranger's address is the point of it, and the only thing that may be complained of.
  assert.equal(ada.complaints.length, 1);
  assert.match(ada.complaints.splice(0)[0] ?? '', new RegExp(`^a request to ws://localhost:${port}/ws\\?lab=`));
});
