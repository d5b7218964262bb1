/**
 * What TLS and permessage-deflate cost and save: the same room plain, with either, and with both.
 *
 * `node bench/wire.mjs [SOCKETS] [ROUNDS]` with `target/release/tertulia`, or what `TERTULIA_BIN` names. Rounds take
 * turns, each with a new server, and medians are told. Each socket is a user of its own. What is said are sentences of
 * our own documents, 60 to 300 bytes long; at the end newcomers read the history of all of it.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { cpuSeconds, residentBytes, stopAllAtExit, temporaryFolder } from './processes.mjs';
import { startTertulia } from './servers.mjs';
import { median } from './statistics.mjs';
import { openSocket } from './wire-socket.mjs';

const SOCKETS = Number(process.argv[2] ?? 2000);
const ROUNDS = Number(process.argv[3] ?? 3);
const MESSAGES = 300;
const NEWCOMERS = 500;
/** Sockets that are opened at a time. */
const TOGETHER = 32;
/** Milliseconds until memory is as it stays. */
const SETTLING = 12_000;
const ROOT = path.join(import.meta.dirname, '..');

stopAllAtExit();
const TLS = certificate();
const DEFLATE = ['--compression'];
/** @type {{ name: string, args: string[], offers: boolean }[]} */
const ROWS = [
  { name: 'plain', args: [], offers: false },
  { name: 'TLS', args: TLS, offers: false },
  { name: 'deflate', args: DEFLATE, offers: true },
  { name: 'deflate, nobody offers', args: DEFLATE, offers: false },
  { name: 'TLS, deflate', args: [...TLS, ...DEFLATE], offers: true },
];
const LINES = sentences();
/** @type {Map<string, Awaited<ReturnType<typeof measure>>[]>} */
const figures = new Map(ROWS.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const row of ROWS) {
    const figure = await measure(row);
    figures.get(row.name)?.push(figure);
    console.error(`${round + 1} ${row.name}: ${JSON.stringify(figure)}`);
  }
}
print();
process.exit();

/** @param {typeof ROWS[number]} row */
async function measure({ args, offers }) {
  const server = await startTertulia(process.env.TERTULIA_BIN ?? path.join(ROOT, 'target/release/tertulia'), args);
  let [resident, cpu] = [residentBytes(server.pid), cpuSeconds(server.pid)];
  /** What was used since this was asked last, a piece. */
  const spent = (/** @type {number} */ pieces) => {
    const before = cpu;
    cpu = cpuSeconds(server.pid);
    return ((cpu - before) * 1e6) / pieces;
  };
  const sockets = await openAll(SOCKETS, (number) => openSocket(server.url, `u${number}`, offers));
  const opening = spent(SOCKETS);
  await sleep(SETTLING);
  const idle = (residentBytes(server.pid) - resident) / SOCKETS;
  const total = () => sockets.reduce((sum, socket) => sum + socket.bytes, 0);
  const bytesBefore = total();
  spent(1);
  const [speaker] = sockets;
  for (let said = 0; said < MESSAGES; said += 1) {
    const heard = sockets.map((socket) => socket.nextText());
    speaker?.say(/** @type {string} */ (LINES[said % LINES.length]));
    await Promise.all(heard);
  }
  const delivery = spent(SOCKETS * MESSAGES);
  const bytes = (total() - bytesBefore) / (SOCKETS * MESSAGES);
  for (const socket of sockets) socket.end();
  await sleep(SETTLING);
  spent(1);
  const newcomers = [];
  for (let number = 0; number < NEWCOMERS; number += 1) {
    newcomers.push(await openSocket(server.url, `n${number}`, offers));
  }
  const coming = spent(NEWCOMERS);
  const greeting = median(newcomers.map((socket) => socket.greetingBytes));
  for (const socket of newcomers) socket.end();
  await server.stop();
  return { idle, opening, delivery, bytes, coming, greeting };
}

/**
 * @template T
 * @param {number} count
 * @param {(number: number) => Promise<T>} open
 * @returns {Promise<T[]>}
 */
async function openAll(count, open) {
  /** @type {T[]} */
  const all = [];
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      all.push(await open(next));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
  return all;
}

/** Writes a certificate; the options that name it. */
function certificate() {
  const folder = temporaryFolder();
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync('openssl', [...made, ...names, '-keyout', String(key), '-out', String(cert)], { stdio: 'ignore' });
  return ['--tls-cert', String(cert), '--tls-key', String(key)];
}

/** Prose of our documents, a sentence or two at a time. */
function sentences() {
  const docs = path.join(ROOT, 'docs');
  const files = readdirSync(docs).filter((name) => name.endsWith('.md')).map((name) => path.join(docs, name));
  const paragraphs = files.flatMap((file) => readFileSync(file, 'utf8').split(/\n\s*\n/)).filter((text) => /^\w/.test(text));
  const pieces = paragraphs.flatMap((text) => text.replaceAll(/\s+/g, ' ').match(/.{60,260}?[.?!](?= |$)/g) ?? []);
  return pieces.map((text) => text.trim()).filter((text) => Buffer.byteLength(text) <= 300);
}

function print() {
  const columns = /** @type {const} */ ([
    ['idle', 'bytes an idle socket'],
    ['opening', 'µs CPU to sign in and open'],
    ['delivery', 'µs CPU a delivery'],
    ['bytes', 'bytes a delivery'],
    ['greeting', 'bytes a newcomer reads'],
    ['coming', 'µs CPU a newcomer'],
  ]);
  console.log(`| | ${columns.map(([, title]) => title).join(' | ')} |`);
  console.log(`| --- | ${columns.map(() => '---:').join(' | ')} |`);
  for (const [name, all] of figures) {
    const values = columns.map(([key]) => median(all.map((figure) => figure[key])));
    const texts = values.map((value) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 }));
    console.log(`| ${name} | ${texts.join(' | ')} |`);
  }
  const lengths = LINES.map((text) => Buffer.byteLength(text));
  console.log(`\n${LINES.length} different lines, half of them longer than ${median(lengths)} bytes`);
}
