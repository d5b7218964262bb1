import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { scene } from './scene.mjs';

/**
 * Writes a certificate for 127.0.0.1, each file in one step.
 *
 * @param {string} folder
 * @param {string} name by which it can be told from others
 */
function certify(folder, name) {
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const file = (/** @type {string} */ name) => path.join(folder, name);
  execFileSync('openssl', [...made, ...names, '-keyout', file('new.key'), '-out', file('new.crt')], { stdio: 'ignore' });
  renameSync(file('new.key'), file('key.pem'));
  renameSync(file('new.crt'), file('cert.pem'));
}

test('people talk over TLS, and another certificate cuts nobody off', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tertulia-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  certify(folder, 'first');
  const files = ['--tls-cert', path.join(folder, 'cert.pem'), '--tls-key', path.join(folder, 'key.pem')];
  const { server, arrive } = await scene(t, files);
  const { url } = server;
  assert.match(url, /^https:/);
  const [ada, bea] = [await arrive({ ignoreHTTPSErrors: true }), await arrive({ ignoreHTTPSErrors: true })];
  const adas = await ada.open(url);
  /** @type {string[]} */
  const sockets = [];
  adas.page.on('websocket', (socket) => sockets.push(socket.url()));
  await adas.enter('Ada');
  const beas = await bea.open(url);
  await beas.enter('Bea');
  await adas.say('over TLS');
  await beas.sees('over TLS');
  /** What somebody sees who comes now. */
  const certificate = async () => {
    const context = await adas.page.context().browser()?.newContext({ ignoreHTTPSErrors: true });
    const page = await context?.newPage();
    const details = await (await page?.goto(`${url}/healthz`))?.securityDetails();
    await context?.close();
    return details;
  };
  assert.equal((await certificate())?.protocol, 'TLS 1.3');
  assert.equal((await certificate())?.subjectName, 'first');
  certify(folder, 'second');
  // The server looks every other second.
  while ((await certificate())?.subjectName !== 'second');
  await beas.say('and still');
  await adas.sees('and still');
  assert.deepEqual(sockets.map((socket) => new URL(socket).protocol), ['wss:'], 'one socket, and it lives');
  const [cookie] = await adas.page.context().cookies();
  assert.ok(cookie?.secure && cookie.httpOnly, JSON.stringify(cookie));
});
