/**
 * The servers that are measured: how each is started, and how `fanout` talks to it.
 */

import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { freePort, listening, removeFolder, start, stop, temporaryFolder } from './processes.mjs';

const BENCH = import.meta.dirname;
const PEERS = path.join(BENCH, 'peers');
const MODULES = '/usr/lib/nginx/modules';

/**
 * A server that runs.
 *
 * @typedef {object} Running
 * @property {number} pid
 * @property {string} url where receivers connect
 * @property {string[]} args what `fanout` needs besides
 * @property {string} [metrics] where it tells of itself
 * @property {() => Promise<void>} stop
 */

/**
 * A server that can be started. A peer that is not installed says what is missing.
 *
 * @typedef {object} Server
 * @property {string} name
 * @property {boolean} [isOurs]
 * @property {() => string | null} missing
 * @property {() => Promise<Running>} start
 */

/**
 * @param {string} target cargo's target directory
 * @param {string} tertulia the binary
 * @param {{ label: string, args: string[] }[]} variants of tertulia, to be measured beside it
 * @returns {Server[]}
 */
export function servers(target, tertulia, variants) {
  const floor = path.join(target, 'release/floor');
  return [
    {
      name: 'floor',
      missing: () => null,
      start: () => plain(floor, (port) => ['--listen', `127.0.0.1:${port}`]),
    },
    {
      name: 'floor --coalesce',
      missing: () => null,
      start: () => plain(floor, (port) => ['--coalesce', '--listen', `127.0.0.1:${port}`]),
    },
    { name: 'tertulia', isOurs: true, missing: () => null, start: () => startTertulia(tertulia, []) },
    ...variants.map(({ label, args }) => ({
      name: `tertulia ${label}`,
      isOurs: true,
      missing: () => null,
      start: () => startTertulia(tertulia, args),
    })),
    {
      name: 'socketify',
      missing: () => (existsSync(python(target)) ? null : 'its Python package'),
      start: () => plain(python(target), (port) => [path.join(PEERS, 'socketify_room.py'), String(port)]),
    },
    {
      name: 'ws',
      missing: () => missingPackage('ws'),
      start: () => plain(process.execPath, (port) => [path.join(PEERS, 'ws.mjs'), String(port)]),
    },
    {
      name: 'socket.io',
      missing: () => missingPackage('socket.io'),
      start: () =>
        plain(process.execPath, (port) => [path.join(PEERS, 'socketio.mjs'), String(port)], {
          path: '/socket.io/?EIO=4&transport=websocket',
          args: ['--peer', 'socketio'],
        }),
    },
    {
      name: 'nchan',
      missing: () => missingCommand('nginx') ?? (existsSync(`${MODULES}/ngx_nchan_module.so`) ? null : 'its nginx module'),
      start: startNchan,
    },
    { name: 'nats', missing: () => missingCommand('nats-server'), start: startNats },
  ];
}

/** @param {string} target */
function python(target) {
  return path.join(target, 'bench/venv/bin/python');
}

/** @param {string} name */
function missingPackage(name) {
  return existsSync(path.join(PEERS, 'node_modules', name)) ? null : 'its npm package';
}

/** @param {string} name */
function missingCommand(name) {
  return commandPath(name) ? null : `the command ${name}`;
}

/** @param {string} name */
function commandPath(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Starts a server that is told its port.
 *
 * @param {string} command
 * @param {(port: number) => string[]} args
 * @param {{ path?: string, args?: string[], senderPath?: string, folder?: string }} [talk]
 * @returns {Promise<Running>}
 */
async function plain(command, args, talk = {}) {
  const port = await freePort();
  const child = start(command, args(port), { stdio: 'ignore' });
  await listening(port, child);
  const base = `ws://127.0.0.1:${port}`;
  const sender = talk.senderPath ? ['--sender-url', base + talk.senderPath] : [];
  return {
    pid: /** @type {number} */ (child.pid),
    url: base + (talk.path ?? '/'),
    args: [...sender, ...(talk.args ?? [])],
    stop: async () => {
      await stop(child);
      if (talk.folder) removeFolder(talk.folder);
    },
  };
}

/**
 * Everything that a real room has: an HTTP session and a name for each socket, presence, JSON, heartbeats, limits.
 * The limits that only a load from one address hits are high instead of off, so that they are still counted.
 */
export const LIMITS = ['--max-sockets-per-address', '1000000', '--max-frames-per-second', '1000000'];

/**
 * @param {string} binary
 * @param {string[]} args
 * @returns {Promise<Running>}
 */
export async function startTertulia(binary, args) {
  const folder = temporaryFolder();
  const own = ['--bind', '127.0.0.1:0', '--data-dir', folder, '--log', 'warn', ...LIMITS];
  const workers = args.includes('--workers') ? [] : ['--workers', '1'];
  // Settings of the environment are not what is measured.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TERTULIA_')));
  const child = start(binary, [...own, ...workers, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const address = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
      const found = /listening on http(s?:\/\/\S+)/.exec(text);
      if (found) resolve(found[1]);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`tertulia ended with ${code} before it listened`)));
  });
  return {
    pid: /** @type {number} */ (child.pid),
    url: `ws${address}/ws`,
    args: ['--login-path', '/session', '--login-body', '{"name":"u{i}"}'],
    metrics: `http${address}/metrics`,
    stop: async () => {
      await stop(child);
      removeFolder(folder);
    },
  };
}

/**
 * @param {Running} running tertulia
 * @param {string} name without its prefix
 * @returns {Promise<number>} what it says of itself
 */
export async function metric(running, name) {
  const text = await (await fetch(/** @type {string} */ (running.metrics))).text();
  return Number(new RegExp(`^tertulia_${name} (\\d+)`, 'm').exec(text)?.[1]);
}

async function startNchan() {
  return startNginx('nchan.conf', temporaryFolder(), { talk: { path: '/subscribe', senderPath: '/publish' } });
}

/**
 * @param {string} name of its configuration
 * @param {string} folder of its own, removed at the end
 * @param {{ talk?: object, words?: Record<string, string> }} options how to talk to it, and what to fill in besides
 */
export function startNginx(name, folder, { talk = {}, words = {} }) {
  return plain(
    /** @type {string} */ (commandPath('nginx')),
    (port) => ['-p', folder, '-e', path.join(folder, 'error.log'), '-c', fill(name, folder, port, words)],
    { ...talk, folder },
  );
}

async function startNats() {
  const folder = temporaryFolder();
  return plain(
    /** @type {string} */ (commandPath('nats-server')),
    (port) => ['--config', fill('nats.conf', folder, port)],
    { args: ['--peer', 'nats'], folder },
  );
}

/**
 * Fills in a peer's configuration.
 *
 * @param {string} name of the file
 * @param {string} folder where the filled one goes
 * @param {number} port
 * @param {Record<string, string>} [words] that only this one has
 */
function fill(name, folder, port, words = {}) {
  let text = readFileSync(path.join(PEERS, name), 'utf8')
    // Comments tell of these words.
    .replaceAll(/^ *#.*\n/gm, '')
    .replaceAll('PORT', String(port))
    .replaceAll('FILES', String(openFiles()))
    .replaceAll('CONNECTIONS', String(Math.ceil(openFiles() * 1.1)))
    .replaceAll('MODULES', MODULES)
    .replaceAll('FOLDER', folder);
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(word, value);
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** @returns {number} descriptors that this process and those it starts may have */
export function openFiles() {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.[1] === 'unlimited' ? 1_048_576 : Number(line?.[1] ?? 1024);
}
