/**
 * Processes that end with this one: started in a folder of their own, watched in /proc, stopped by their own id.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const running = new Set();
/** @type {Set<string>} */
const folders = new Set();

/** Whatever way this process ends, short of SIGKILL, nothing stays behind. */
export function stopAllAtExit() {
  process.on('exit', () => {
    for (const child of running) killTree(child);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.exit(130));
  }
}

/** Stops what a run that failed has left behind. */
export async function stopAll() {
  await Promise.all([...running].map(stop));
}

/** @param {ChildProcess} child who may have children, which would outlive it */
function killTree(child) {
  for (const pid of child.pid === undefined ? [] : tree(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** @returns {string} an empty folder that is removed at the end */
export function temporaryFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'tertulia-bench-'));
  folders.add(folder);
  return folder;
}

/** @param {string} folder that `temporaryFolder` made */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  running.add(child);
  const forget = () => running.delete(child);
  child.on('exit', forget);
  child.on('error', forget);
  return child;
}

/**
 * Waits for the end of a process.
 *
 * @param {ChildProcess} child
 * @param {string} name for the error
 * @param {number} seconds after which it is stopped
 * @returns {Promise<string>} what it wrote to standard output
 */
export function finished(child, name, seconds) {
  return new Promise((resolve, reject) => {
    let output = '';
    let complaint = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (complaint = (complaint + data).slice(-2000)));
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`${name} ended with ${signal ?? code}: ${complaint.trim()}`));
    });
  });
}

/** @param {ChildProcess} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => killTree(child), 12_000);
  await ended;
  clearTimeout(timer);
}

/** @returns {Promise<number>} a port of 127.0.0.1 that nobody uses now */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Waits until somebody listens.
 *
 * @param {number} port
 * @param {ChildProcess} child who should
 */
export async function listening(port, child) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it listened`);
    if (await answers(port)) return;
    await sleep(100);
  }
  throw new Error(`nobody listens on port ${port}`);
}

/** @param {number} port */
function answers(port) {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (/** @type {boolean} */ is) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
    socket.connect(port, '127.0.0.1');
  });
}

/**
 * @param {number} pid
 * @returns {number[]} it and all its descendants
 */
export function tree(pid) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    const fields = /^\d+$/.test(entry) ? stat(Number(entry)) : null;
    if (fields) children.set(Number(fields[1]), [...(children.get(Number(fields[1])) ?? []), Number(entry)]);
  }
  const found = [pid];
  for (const each of found) found.push(...(children.get(each) ?? []));
  return found;
}

/** @param {number} pid of the process whose tree is summed up */
export function residentBytes(pid) {
  let sum = 0;
  for (const each of tree(pid)) {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${each}/status`));
    sum += line ? Number(line[1]) * 1024 : 0;
  }
  return sum;
}

/** @param {number} pid of the process whose tree is summed up */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const each of tree(pid)) {
    const fields = stat(each);
    if (fields) ticks += Number(fields[11]) + Number(fields[12]);
  }
  // The kernel shows a hundredth of a second to everybody, whatever its own clock is.
  return ticks / 100;
}

/**
 * @param {number} pid
 * @returns {string[] | null} the fields of /proc/PID/stat from the third on
 */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text ? text.slice(text.lastIndexOf(')') + 2).split(' ') : null;
}

/** @param {string} file that may be gone */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
