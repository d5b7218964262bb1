/** How far `scripts/scale` can climb on this machine, and what would stop it. */

import { readFileSync } from 'node:fs';

import { openFiles } from './servers.mjs';

/** Descriptors that the server needs besides its sockets. */
const RESERVE = 200;

/** Bytes that a socket may take, the kernel's at both ends included: a guess on the safe side. */
const SOCKET_BYTES = 16_384;

/** Source addresses from which the generators connect, 127.0.0.2 and following. */
const ADDRESSES = 250;

const STEPS = [1000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

/**
 * @typedef {object} Bound
 * @property {string} name of what is limited
 * @property {number} sockets that it allows
 */

/** @returns {Bound[]} the tightest first */
export function bounds() {
  const [first = 32_768, last = 60_999] = numbers(read('/proc/sys/net/ipv4/ip_local_port_range'));
  const free = 1024 * (numbers(/^MemAvailable:.*$/m.exec(read('/proc/meminfo'))?.[0] ?? '')[0] ?? 0);
  // Half of what the kernel gives to TCP: idle sockets need none of it, a broadcast needs some at both ends.
  const pages = numbers(read('/proc/sys/net/ipv4/tcp_mem'))[1] ?? Infinity;
  const all = [
    { name: `open files (ulimit -Hn is ${openFiles()}, less ${RESERVE} for other things)`, sockets: openFiles() - RESERVE },
    { name: 'local ports (net.ipv4.ip_local_port_range)', sockets: (last - first) * ADDRESSES },
    { name: `memory (${SOCKET_BYTES} bytes a socket, both ends)`, sockets: Math.floor(free / SOCKET_BYTES) },
    { name: 'memory for TCP (net.ipv4.tcp_mem)', sockets: Math.floor((pages * 4096) / 2 / 1024) },
  ];
  return all.toSorted((a, b) => a.sockets - b.sockets);
}

/**
 * @param {number} most sockets that there can be
 * @param {number} wanted at the top
 * @returns {number[]} the steps below, and the top itself
 */
export function ladder(most, wanted) {
  const top = Math.min(most, wanted);
  return [...STEPS.filter((step) => step < top * 0.9), top];
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} text */
function numbers(text) {
  return (text.match(/\d+/g) ?? []).map(Number);
}
