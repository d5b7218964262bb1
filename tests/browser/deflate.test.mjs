import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';

test('the browser agrees on compression, and people talk over it', async (t) => {
  const { server, arrive } = await scene(t, ['--compression', '--compression-min-bytes', '0']);
  const { url } = server;
  const ada = await arrive();
  const bea = await arrive();
  const adas = await ada.open(url);
  await adas.enter('Ada');
  const beas = await bea.open(url);
  await beas.enter('Bea');
  const agreed = await beas.page.evaluate(
    () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`, 'tertulia.v1');
        socket.onopen = () => {
          resolve(socket.extensions);
          socket.close();
        };
      }),
  );
  assert.match(String(agreed), /^permessage-deflate; server_no_context_takeover; client_no_context_takeover/);
  const long = 'again and again, '.repeat(500).trim();
  await adas.say(long);
  await beas.sees(long);
  await beas.say('短い 🦀 é');
  await adas.sees('短い 🦀 é');
  assert.deepEqual(await adas.texts(), [long, '短い 🦀 é']);
  await beas.page.reload();
  await beas.isInside();
  assert.deepEqual(await beas.texts(), [long, '短い 🦀 é'], 'what was said before came compressed too');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const saved = Number(/^tertulia_bytes_saved_total (\d+)/m.exec(metrics)?.[1]);
  assert.ok(saved > 10_000, `${saved} bytes`);
});
