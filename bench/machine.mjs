/** What a result has to say of where it was taken, and nothing that would name the machine. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

import { openFiles } from './servers.mjs';

export function machine() {
  return {
    cores: os.availableParallelism(),
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release().split('.').slice(0, 2).join('.'),
    node: process.versions.node,
    open_files: openFiles(),
    tcp_mem: sysctl('net/ipv4/tcp_mem'),
    ports: sysctl('net/ipv4/ip_local_port_range'),
  };
}

/** @returns {number} processes that wanted to run over the last minute, on the average */
export function load() {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
}

/** @param {string} binary of tertulia, perhaps built elsewhere */
export function version(binary) {
  const program = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  if (process.env.TERTULIA_BIN) return program;
  try {
    const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: import.meta.dirname, encoding: 'utf8' });
    return `${program}, ${commit.trim()}`;
  } catch {
    return program;
  }
}

/** @param {string} name */
function sysctl(name) {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim().replaceAll(/\s+/g, ' ');
  } catch {
    return 'unknown';
  }
}
