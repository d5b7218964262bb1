/**
 * What a socket costs behind a proxy that ends TLS: nginx, as most operators have it.
 *
 * `node bench/tls.mjs [SOCKETS]` after `scripts/bench --quick` has built what it needs. Each socket is a user of its
 * own. Prints resident bytes for each socket, of tertulia and of nginx.
 */

import { execFileSync } from 'node:child_process';
import { request } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { residentBytes, stopAllAtExit, temporaryFolder } from './processes.mjs';
import { startNginx, startTertulia } from './servers.mjs';

const SOCKETS = Number(process.argv[2] ?? 4000);
/** Handshakes at a time. */
const TOGETHER = 32;
const ROOT = path.join(import.meta.dirname, '..');

stopAllAtExit();
const tertulia = await startTertulia(process.env.TERTULIA_BIN ?? path.join(ROOT, 'target/release/tertulia'), []);
const folder = temporaryFolder();
certify();
const nginx = await startNginx('tls.conf', folder, { words: { UPSTREAM: new URL(tertulia.url).host } });
const { port } = new URL(nginx.url);
const before = { tertulia: residentBytes(tertulia.pid), nginx: residentBytes(nginx.pid) };
/** @type {import('node:net').Socket[]} */
const sockets = [];
let next = 0;
await Promise.all(
  Array.from({ length: TOGETHER }, async () => {
    while (next < SOCKETS) {
      next += 1;
      sockets.push(await open(next));
    }
  }),
);
await sleep(12_000);
for (const [name, pid] of /** @type {const} */ ([['tertulia', tertulia.pid], ['nginx', nginx.pid]])) {
  const each = Math.round((residentBytes(pid) - before[name]) / SOCKETS);
  console.log(`${name}: ${each.toLocaleString('en')} bytes for each of ${SOCKETS.toLocaleString('en')} sockets`);
}
for (const socket of sockets) socket.destroy();
process.exit();

/** Writes what nginx shows to prove who it is. */
function certify() {
  const file = (/** @type {string} */ name) => path.join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key.pem')];
  const certificate = ['-x509', '-days', '2', '-subj', '/CN=127.0.0.1', '-out', file('certificate.pem')];
  execFileSync('openssl', ['req', ...key, ...certificate], { stdio: 'ignore' });
}

/**
 * Takes a name and opens a socket.
 *
 * @param {number} number
 * @returns {Promise<import('node:net').Socket>}
 */
async function open(number) {
  const cookie = await new Promise((resolve, reject) => {
    const login = request(
      { port, host: '127.0.0.1', path: '/session', method: 'POST', rejectUnauthorized: false, headers: { 'Content-Type': 'application/json' }, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '');
      },
    );
    login.on('error', reject).end(JSON.stringify({ name: `u${number}` }));
  });
  return new Promise((resolve, reject) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      Cookie: cookie,
    };
    const upgrade = request({ port, host: '127.0.0.1', path: '/ws', rejectUnauthorized: false, headers, agent: false });
    upgrade.on('upgrade', (_, socket) => {
      // Whoever reads nothing would be evicted.
      socket.resume().on('error', () => {});
      resolve(/** @type {import('node:net').Socket} */ (socket));
    });
    upgrade.on('response', (answer) => reject(new Error(`no upgrade, but ${answer.statusCode}`)));
    upgrade.on('error', reject).end();
  });
}
