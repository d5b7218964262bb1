/** What operators set besides, and what strangers try, with each proxy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Guest, ask, takeName, takeNameBy, tryOpen } from './guest.mjs';
import { KINDS } from './kinds.mjs';
import { EAGER, SILENCE, scene } from './scene.mjs';

/** Milliseconds after which a server that is back counts as out of the proxy's reach. */
const PATIENCE = 20_000;
/** Milliseconds between two questions whether it is there. */
const KNOCK = 50;

/** @param {import('./kinds.mjs').Name} kind */
export function attacks(kind) {
  test(`${kind}: connections to the server are used again, and nobody is taken for another`, async (t) => {
    const { base, wire, visit } = await scene(t, kind, { wired: true, proxy: { changes: KINDS[kind].reuse } });
    const names = ['Ada', 'Bea', 'Cleo', 'Dora', 'Edna', 'Fay', 'Gina', 'Hedy'];
    const cookies = await Promise.all(names.map(async (name) => (await takeName(base, name)).cookie));
    const rounds = 5;
    for (let round = 0; round < rounds; round += 1) {
      // Between the rounds a WebSocket takes a connection that was used before, and takes it along.
      const guest = await visit(base, `Guest ${round}`);
      const answers = await Promise.all(cookies.map((cookie) => ask(`${base}session`, { cookie })));
      assert.deepEqual(answers.map(({ body }) => JSON.parse(body).name), names);
      guest.say(`round ${round}`);
      await guest.hears(`round ${round}`);
      guest.leave();
    }
    const asked = names.length * (rounds + 1) + 2 * rounds;
    assert.ok(wire && wire.connections < asked / 2, `${wire?.connections} connections for ${asked} requests`);
  });

  test(`${kind}: a body comes whole that is sent part by part, without its length`, async (t) => {
    for (const changes of [[], KINDS[kind].stream]) {
      const { base } = await scene(t, kind, { proxy: { changes } });
      const { status, cookie } = await takeNameBy(['na', 'me=A', 'da'], base);
      assert.equal(status, 201);
      assert.equal(JSON.parse((await ask(`${base}session`, { cookie })).body).name, 'Ada');
    }
  });

  test(`${kind}: no header of a stranger takes away what the proxy says of them`, async (t) => {
    const { base, visit } = await scene(t, kind, { options: ['--max-sockets-per-address', '1'] });
    const told = 'x-forwarded-for, x-forwarded-proto, x-forwarded-host, forwarded';
    /** @type {Record<string, string>[]} */
    const lies = [
      { connection: `upgrade, ${told}` },
      { 'x-forwarded-for': '203.0.113.7, 127.0.0.1' },
      { 'x-forwarded-for': '', forwarded: 'for=127.0.0.1' },
      { 'x_forwarded_for': '203.0.113.7', 'x-real-ip': '203.0.113.7' },
      { te: 'trailers', connection: `upgrade, te, ${told}`, 'x-forwarded-for': '203.0.113.7' },
    ];
    await visit(base, 'Ada', { from: '127.0.0.2' });
    for (const [number, headers] of lies.entries()) {
      const connection = { connection: `close, ${told}` };
      const { cookie, status, body } = await takeName(base, `Liar ${number}`, {
        from: '127.0.0.2',
        headers: { ...headers, ...connection },
      });
      assert.equal(status, 201, body);
      const refused = await tryOpen(base, cookie, { from: '127.0.0.2', headers });
      assert.ok(!(refused instanceof Guest), JSON.stringify(headers));
      assert.equal(JSON.parse(refused.body).code, 'too-many-sockets', JSON.stringify(headers));
    }
    // The one that the last lie named is free.
    await visit(base, 'Bea', { from: '127.0.0.3' });
  });

  test(`${kind}: messages are deflated from end to end`, async (t) => {
    const { base, visit, arrive } = await scene(t, kind, { options: ['--compression'] });
    const bea = await visit(base, 'Bea');
    assert.equal(bea.agreed['sec-websocket-extensions'], undefined);
    const { cookie } = await takeName(base, 'Cleo');
    const offer = 'permessage-deflate; client_no_context_takeover; server_no_context_takeover';
    const cleo = await tryOpen(base, cookie, { headers: { 'sec-websocket-extensions': offer } });
    assert.ok(cleo instanceof Guest);
    assert.match(String(cleo.agreed['sec-websocket-extensions']), /^permessage-deflate/);
    cleo.leave();
    const adas = await (await arrive()).open(base);
    await adas.enter('Ada');
    const long = 'to and fro '.repeat(500).trim();
    bea.say(long);
    await adas.sees(long);
    await adas.say(long.toUpperCase());
    await bea.hears(long.toUpperCase());
  });

  test(`${kind}: an open answer of SockJS outlives the proxy's patience by heartbeats, and only by them`, async (t) => {
    const proxy = { timeout: SILENCE, noUpgrade: true };
    const [pinged, forgotten] = await Promise.all([
      scene(t, kind, { proxy, options: EAGER }),
      scene(t, kind, { proxy, options: ['--heartbeat-interval', '0'] }),
    ]);
    const [ada, bea] = [await pinged.stream('Ada'), await forgotten.stream('Bea')];
    await bea.until(() => bea.isCut);
    await ada.until(() => ada.isCut || ada.heartbeats >= (2 * SILENCE) / 0.5);
    assert.equal(ada.isCut, false);
    await ada.say('still here');
    await ada.hears('still here');
  });

  test(`${kind}: after a restart of the server people are let in as soon as it is there`, async (t) => {
    const { server, base, visit } = await scene(t, kind);
    const ada = await visit(base, 'Ada');
    await server.stop('SIGKILL');
    await ada.until(() => ada.ended);
    // The first ones may come by connections that were open before.
    for (let time = 0; time < 5; time += 1) {
      const { status } = await ask(`${base}session`);
      assert.ok([502, 503].includes(status), String(status));
    }
    await server.startAgain();
    const signal = AbortSignal.timeout(PATIENCE);
    while ((await ask(`${base}healthz`)).status !== 200) await setTimeout(KNOCK, undefined, { signal });
    await visit(base, 'Bea');
  });
}
