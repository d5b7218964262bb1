/** What must hold behind every proxy, with the configuration in `deploy/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Guest, ask, takeName, tryOpen } from './guest.mjs';
import { KINDS } from './kinds.mjs';
import { NAME } from './proxy.mjs';
import { BEHIND, EAGER, SILENCE, scene } from './scene.mjs';

/** @param {import('./kinds.mjs').Name} kind */
export function suite(kind) {
  for (const below of [false, true]) {
    test(`${kind}: people talk, by page and by program, ${below ? 'below a path' : 'on the whole host'}`, async (t) => {
      const { server, base, arrive, visit } = await scene(t, kind, { proxy: { below } });
      const ada = await arrive();
      const adas = await ada.open(base);
      assert.equal(await adas.page.evaluate(() => performance.getEntriesByType('navigation')[0]?.toJSON().nextHopProtocol), 'h2');
      await adas.enter('Ada');
      const bea = await visit(base, 'Bea');
      await adas.say('hello through the proxy');
      await bea.hears('hello through the proxy');
      bea.say('and back');
      await adas.sees('and back');
      const long = 'x'.repeat(60_000);
      bea.say(long);
      await bea.hears(long);
      await adas.page.reload();
      await adas.isInside();
      await adas.sees('and back');
      // As TLS ended at the proxy, the cookie never travels without it; and it is for our path alone.
      const cookies = await adas.page.context().cookies();
      assert.deepEqual(
        cookies.map(({ name, path, secure, httpOnly }) => [name, path, secure, httpOnly]),
        [below ? ['tertulia', '/chat', true, true] : ['__Host-tertulia', '/', true, true]],
      );
      const token = await server.adminToken();
      const operator = await ada.open(`${base}admin`);
      await operator.page.locator('[data-token]').fill(token);
      await operator.page.locator('[data-token]').press('Enter');
      await operator.page.locator('tbody[data-people] > tr').filter({ has: operator.page.getByText('Bea', { exact: true }) }).waitFor();
      const administers = (await operator.page.context().cookies()).find(({ name }) => name === 'tertulia-admin');
      assert.equal(administers?.path, below ? '/chat/admin' : '/admin');
      await operator.page.reload();
      await operator.page.locator('tbody[data-people] > tr').filter({ has: operator.page.getByText('Bea', { exact: true }) }).waitFor();
    });
  }

  test(`${kind}: all that the page loads comes whole, and what is nobody's business does not come`, async (t) => {
    const { base, direct, proxy } = await scene(t, kind, { proxy: { below: true } });
    for (const file of ['', 'modules.js', 'chat.js', 'icon.svg', 'tertulia.webmanifest', 'emoji/base.json', 'admin/', 'admin/admin.js']) {
      const [near, far] = [await ask(`${direct}${file}`), await ask(`${base}${file}`)];
      assert.deepEqual([far.status, far.body.length, far.body === near.body], [200, near.body.length, true], file);
      assert.equal(far.headers['content-security-policy'], near.headers['content-security-policy']);
    }
    const door = await ask(`${proxy.url}/chat`);
    assert.ok(door.status === 301 || door.status === 308, String(door.status));
    assert.equal(new URL(String(door.headers['location']), proxy.url).href, base);
    assert.equal((await ask(`${base}metrics`)).status, 404);
    assert.equal((await ask(`${direct}metrics`)).status, 200);
    const plain = await ask(`${proxy.plainUrl}/chat/`);
    assert.equal(plain.status, 301);
    assert.match(String(plain.headers['location']), new RegExp(`^https://${NAME}[:\\d]*/chat/$`));
  });

  test(`${kind}: without --trusted-proxy the origin is not believed, and nobody comes in`, async (t) => {
    const { base } = await scene(t, kind, { behind: BEHIND.slice(0, 2) });
    const headers = { origin: new URL(base).origin };
    assert.equal((await takeName(base, 'Ada', { headers })).status, 403);
  });

  test(`${kind}: each client has its own address, whatever it claims`, async (t) => {
    const { server, base, visit } = await scene(t, kind, { options: ['--max-sockets-per-address', '1'] });
    const lies = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.8;proto=http', 'x-forwarded-host': 'evil.example' };
    await visit(base, 'Ada', { from: '127.0.0.2', headers: { ...lies, origin: new URL(base).origin } });
    await visit(base, 'Bea', { from: '127.0.0.3' });
    const { cookie } = await takeName(base, 'Cleo', { from: '127.0.0.2' });
    const refused = await tryOpen(base, cookie, { from: '127.0.0.2', headers: lies });
    assert.ok(!(refused instanceof Guest));
    assert.deepEqual([refused.status, JSON.parse(refused.body).code], [429, 'too-many-sockets']);

    const login = { method: 'POST', body: JSON.stringify({ token: await server.adminToken() }), type: 'application/json' };
    const signedIn = await ask(`${base}admin/login`, login);
    const operator = String(signedIn.headers['set-cookie']).split(';')[0];
    const { users } = JSON.parse((await ask(`${base}admin/api/users`, { cookie: operator })).body);
    assert.deepEqual(
      users.map((/** @type {any} */ user) => [user.name, user.sockets.map((/** @type {any} */ socket) => socket.address)]),
      [['Ada', ['127.0.0.2']], ['Bea', ['127.0.0.3']]],
    );
  });

  test(`${kind}: a silent socket outlives the proxy's patience by the server's pings, and only by them`, async (t) => {
    const proxy = { timeout: SILENCE };
    const [pinged, forgotten] = await Promise.all([
      scene(t, kind, { proxy, options: EAGER }),
      scene(t, kind, { proxy, options: ['--heartbeat-interval', '0'] }),
    ]);
    const [ada, bea] = [await pinged.visit(pinged.base, 'Ada'), await forgotten.visit(forgotten.base, 'Bea')];
    await bea.until(() => bea.ended);
    // Pings come every half second: by then the proxy would have cut it twice.
    const enough = (2 * SILENCE) / 0.5;
    await ada.until(() => ada.ended || ada.pings >= enough);
    assert.equal(ada.ended, false);
    ada.say('still here');
    await ada.hears('still here');
  });

  test(`${kind}: a reload cuts no socket, and lets newcomers in`, async (t) => {
    const { proxy, base, visit } = await scene(t, kind);
    const ada = await visit(base, 'Ada');
    await proxy.reload();
    const bea = await visit(base, 'Bea');
    ada.say('I was here before');
    await bea.hears('I was here before');
    bea.say('I was not');
    await ada.hears('I was not');
    assert.equal(ada.ended, false);
  });

  test(`${kind}: after a restart of the proxy the page comes back by itself and has lost nothing`, async (t) => {
    const { proxy, base, direct, arrive, visit } = await scene(t, kind);
    const adas = await (await arrive()).open(base);
    await adas.enter('Ada');
    await adas.say('before');
    await adas.sees('before');
    await proxy.stop();
    await adas.banner.waitFor();
    const bea = await visit(direct, 'Bea');
    bea.say('while Ada was away');
    await bea.hears('while Ada was away');
    await adas.say('while I was away');
    await adas.onTheirWay.getByText('while I was away').waitFor();
    await proxy.start();
    await adas.showsExactly(['before', 'while Ada was away', 'while I was away']);
    await bea.hears('while I was away');
  });

  test(`${kind}: large headers come through, and too large ones are refused before the server sees them`, async (t) => {
    const { base } = await scene(t, kind);
    const { cookie } = await takeName(base, 'Ada');
    const large = await tryOpen(base, cookie, { headers: { cookie: `other=${'x'.repeat(6_000)}` } });
    assert.ok(large instanceof Guest, JSON.stringify(large));
    large.leave();
    const [status, refused] = [[400, 431], await tryOpen(base, cookie, { headers: { 'x-large': 'x'.repeat(60_000) } })];
    assert.ok(!(refused instanceof Guest) && status.includes(refused.status), JSON.stringify(refused));
  });

  test(`${kind}: without what passes WebSockets on, people talk over HTTP, and page and log say what is missing`, async (t) => {
    const { server, base, direct, arrive, visit } = await scene(t, kind, { proxy: { noUpgrade: true } });
    const adas = await (await arrive()).open(base);
    await adas.enter('Ada');
    const beas = await (await arrive({ locale: 'zh-CN' })).open(base);
    await beas.enter('Bea');
    // Somebody who is not behind the proxy: both ways of travelling are one room.
    const cleo = await visit(direct, 'Cleo');
    await adas.say('over HTTP');
    await beas.sees('over HTTP');
    await cleo.hears('over HTTP');
    for (let line = 0; line < 20; line += 1) {
      cleo.say(`line ${line}`);
      await adas.sees(`line ${line}`);
    }
    const { lacks } = KINDS[kind];
    await adas.wayIs(new RegExp(`^HTTP streaming, since WebSocket does not come through\\n.* Missing on arrival: ${lacks}\\. .*docs/proxies\\.md`));
    await beas.wayIs(new RegExp(`^HTTP 流（WebSocket 无法连通）\\n.*到达服务器时缺少：${lacks.replaceAll(', ', '、')}。.*docs/proxies\\.md`));
    assert.ok(server.log.includes(`missing="${lacks}"`), server.log);
    const { cookie } = await takeName(base, 'Dora');
    const refused = await tryOpen(base, cookie);
    assert.ok(!(refused instanceof Guest));
    assert.match(`${refused.status} ${JSON.parse(refused.body).code}`, /^(400|426) bad-handshake$/);
  });
}
