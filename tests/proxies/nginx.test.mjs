import { test } from 'node:test';

import { attacks } from './attacks.mjs';
import { scene } from './scene.mjs';
import { suite } from './suite.mjs';

suite('nginx');
attacks('nginx');

/** Upgrade and Connection are lost, and HTTP/1.1 is kept. @type {import('./kinds.mjs').Change} */
const NO_HEADERS = [/^ *proxy_set_header (Upgrade|Connection) .*\n/gm, ''];

test('nginx: with HTTP/1.1 to the server answers stream, too, though nginx gathers by default', async (t) => {
  const { base, arrive, stream } = await scene(t, 'nginx', { proxy: { changes: [NO_HEADERS] } });
  const adas = await (await arrive()).open(base);
  await adas.enter('Ada');
  await adas.wayIs(/^HTTP streaming/);
  const bea = await stream('Bea');
  await adas.say('streamed');
  await bea.hears('streamed');
  await bea.say('and back');
  await adas.sees('and back');
});

test('nginx: where it insists on gathering answers, and speaks HTTP/1.1, the page polls', async (t) => {
  /** @type {import('./kinds.mjs').Change[]} */
  const insists = [
    ['proxy_http_version 1.1;', 'proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 64k; proxy_buffers 8 64k;'],
    [' ssl http2;', ' ssl;'],
  ];
  const { base, arrive } = await scene(t, 'nginx', { proxy: { changes: [NO_HEADERS, ...insists] } });
  const [adas, beas] = [await (await arrive()).open(base), await (await arrive()).open(base)];
  await adas.enter('Ada');
  await beas.enter('Bea');
  await adas.wayIs(/^HTTP polling/);
  for (const text of ['one', 'two', 'three']) {
    await adas.say(text);
    await beas.sees(text);
  }
  await beas.say('four');
  await adas.sees('four');
});
