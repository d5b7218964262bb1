/**
 * Real proxies, each with the configuration in `deploy/`. Only names of files, ports and times are put in its place,
 * and where a test says so, what the comment at the file's head says of a path.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { KINDS } from './kinds.mjs';

/** @import { Change, Kind, Name, Place } from './kinds.mjs' */

/** The name in the configurations. Browsers are told where it leads. */
export const NAME = 'chat.example.org';
const DEPLOY = path.join(import.meta.dirname, '../../deploy');
/** Milliseconds after which a proxy that does not start, or does not stop, fails the test. */
const PATIENCE = 20_000;
/** Milliseconds between two knocks at a port that is not open yet. */
const KNOCK = 20;
/** Milliseconds after which a proxy is asked once more. */
const INSISTENCE = 1000;

/**
 * @typedef {object} Wishes
 * @property {boolean} [below] serve `/chat`, and not the whole host
 * @property {number} [timeout] how long a socket may be silent, in seconds
 * @property {boolean} [noUpgrade] leave out what passes WebSockets on
 * @property {Change[]} [changes] further ones
 */

/**
 * Starts a proxy on free ports in front of the server at `url`.
 *
 * @param {Name} name
 * @param {string} url
 * @param {Wishes} [wishes]
 */
export async function startProxy(name, url, wishes = {}) {
  const kind = KINDS[name];
  const directory = await mkdtemp(path.join(tmpdir(), `tertulia-${name}-`));
  // Workers run as somebody else where root starts them.
  await chmod(directory, 0o755);
  await mkdir(path.join(directory, 'empty'));
  await certify(directory);
  const [https, http] = await freePorts();
  const place = { https, http, directory };
  const changes = [
    ...kind.ports(place),
    ...(wishes.below ? kind.path : []),
    ...(wishes.timeout === undefined ? [] : kind.timeout(wishes.timeout)),
    ...(wishes.noUpgrade ? kind.noUpgrade : []),
    ...(wishes.changes ?? []),
  ];
  const head = /^#.*\n/gm;
  const text = (await readFile(path.join(DEPLOY, kind.file), 'utf8')).replaceAll(head, '');
  // Last, since a change may name the address as the file has it.
  const changed = [...changes, /** @type {Change} */ ([/127\.0\.0\.1:8080/g, new URL(url).host])].reduce(change, text);
  await writeFile(path.join(directory, kind.file), changed);
  if (kind.around) await writeFile(path.join(directory, 'around.conf'), kind.around(place));
  const proxy = new Proxy(kind, place);
  try {
    await proxy.start();
  } catch (error) {
    await proxy.remove();
    throw error;
  }
  return proxy;
}

/**
 * @param {string} text
 * @param {Change} change
 */
export function change(text, [from, to]) {
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`there is nothing like ${from} in the configuration`);
  return changed;
}

/**
 * A certificate that nobody vouches for.
 *
 * @param {string} directory
 */
async function certify(directory) {
  const [key, chain] = [`${directory}/privkey.pem`, `${directory}/fullchain.pem`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const whose = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  await promisify(execFile)('openssl', ['req', ...kind, ...whose, '-keyout', key, '-out', chain]);
  await writeFile(`${directory}/both.pem`, (await readFile(chain, 'utf8')) + (await readFile(key, 'utf8')));
}

/** Two that nobody has just now. @returns {Promise<[number, number]>} */
async function freePorts() {
  const servers = [net.createServer(), net.createServer()];
  const ports = servers.map(async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return /** @type {net.AddressInfo} */ (server.address()).port;
  });
  const [one = 0, other = 0] = await Promise.all(ports);
  for (const server of servers) server.close();
  return [one, other];
}

class Proxy {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  #kind;
  #place;
  #log;

  /**
   * @param {Kind} kind
   * @param {Place} place
   */
  constructor(kind, place) {
    this.#kind = kind;
    this.#place = place;
    this.#log = path.join(place.directory, 'said');
    /** Where TLS is, without a path. */
    this.url = `https://${NAME}:${place.https}`;
    /** Where it is not. */
    this.plainUrl = `http://${NAME}:${place.http}`;
  }

  /** On the ports that it had, if it is started again. */
  async start() {
    const [command, ...args] = this.#kind.command(this.#place);
    // Debian has them where a user's path does not lead.
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
    // A file, since Apache opens its log by name.
    const log = await open(this.#log, 'w');
    const started = spawn(command, args, { stdio: ['ignore', 'ignore', log.fd], env });
    this.#process = started;
    await once(started, 'spawn');
    await log.close();
    for (const port of [this.#place.https, this.#place.http]) {
      const signal = AbortSignal.timeout(PATIENCE);
      while (!(await isOpen(port))) {
        signal.throwIfAborted();
        if (started.exitCode !== null) throw new Error(`${command} ended with ${started.exitCode}: ${await this.#said()}`);
      }
    }
  }

  /** Takes its configuration anew, as a renewed certificate wants it, and waits until it has. */
  async reload() {
    const running = this.#process;
    if (!running) throw new Error('it does not run');
    const signal = AbortSignal.timeout(PATIENCE);
    for (let waited = 0; !this.#kind.reloaded.test(await this.#said()); waited += KNOCK) {
      // Once more now and then: HAProxy hears nothing in its first moments, though its ports are open.
      if (waited % INSISTENCE === 0) running.kill(this.#kind.reload);
      await delay(KNOCK, undefined, { signal });
    }
  }

  /** What it has said since it was started last. */
  #said() {
    return readFile(this.#log, 'utf8');
  }

  /** Ends it at once, with all connections. */
  async stop() {
    const stopping = this.#process;
    this.#process = null;
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const gone = once(stopping, 'exit', { signal: AbortSignal.timeout(PATIENCE) });
    const workers = await childrenOf(stopping.pid);
    stopping.kill('SIGTERM');
    // Those of Apache take ten seconds to leave their connections.
    for (const worker of workers) end(worker);
    await gone;
  }

  async remove() {
    await this.stop();
    if (process.env['TEST_LOG']) process.stderr.write(await this.#said());
    await rm(this.#place.directory, { recursive: true, force: true });
  }
}

/** @param {number} port */
async function isOpen(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    await delay(KNOCK);
    return false;
  } finally {
    socket.destroy();
  }
}

/** @param {number | undefined} pid */
async function childrenOf(pid) {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return listed.split(' ').filter(Boolean).map(Number);
}

/** @param {number} pid */
function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}
