/** One step of `scripts/scale`: so many sockets come, are pinged, hear, and go. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { drive, hold } from './fanout.mjs';
import { residentBytes } from './processes.mjs';
import { metric, startTertulia } from './servers.mjs';

/** @typedef {import('./servers.mjs').Running} Running */

/** Up to here everybody is a user of their own. Beyond, joining alone would take hours: it grows with the square. */
const MOST_USERS = 20_000;
const USERS_BEYOND = 2000;

/**
 * @typedef {object} Plan
 * @property {string} fanout the binary
 * @property {string} tertulia the binary
 * @property {string[]} args of tertulia
 * @property {number} seconds of broadcasting
 * @property {number} interval seconds between pings
 * @property {number} generators processes that hold the other ends
 */

/**
 * @param {number} sockets
 * @param {Plan} plan
 */
export async function climb(sockets, plan) {
  const heartbeat = ['--heartbeat-interval', `${plan.interval}s`, '--heartbeat-timeout', `${plan.interval * 6}s`];
  const share = sockets <= MOST_USERS ? 1 : Math.ceil(sockets / USERS_BEYOND);
  const limits = ['--max-sockets-per-user', String(Math.max(32, share))];
  const running = await startTertulia(plan.tertulia, [...heartbeat, ...limits, ...plan.args]);
  try {
    return await measure(sockets, share, running, plan);
  } finally {
    await running.stop();
  }
}

/**
 * @param {number} sockets
 * @param {number} share sockets of one user
 * @param {Running} running
 * @param {Plan} plan
 */
async function measure(sockets, share, running, plan) {
  const before = { resident: residentBytes(running.pid), slab: slabBytes() };
  const load = {
    ...{ runId: 7, share, warmup: 0, seconds: plan.seconds },
    ...{ connectSeconds: Math.max(300, sockets / 500), sourceAddresses: Math.max(4, Math.ceil(sockets / 15_000)) },
  };
  const each = Math.floor(sockets / plan.generators);
  const holders = [];
  for (let i = 1; i < plan.generators; i += 1) {
    holders.push(await hold(plan.fanout, running, { ...load, receivers: each, settle: 0, prefix: `g${i}-` }));
  }
  // The last generator also speaks. Its socket is one of them, and a round of pings passes before it does.
  const receivers = sockets - 1 - each * (plan.generators - 1);
  const settle = plan.interval * 1.5 + 1;
  const slab = sleep(0).then(() => slabWhen(running, sockets));
  const spoken = await drive(plan.fanout, running, { ...load, receivers, settle, prefix: 'g0-' });
  const kernel = (await slab) - before.slab;
  const held = await Promise.all(holders.map((holder) => holder.leave()));
  const seconds = await allGone(running);
  const all = [spoken, ...held];
  const sum = (/** @type {string} */ key) => all.reduce((total, report) => total + report[key], 0);
  const open = sum('receivers') + spoken.senders;
  const heard = held.reduce((total, report) => total + report.heard, 0);
  const missed = held.reduce((total, report) => total + spoken.broadcasts_started * report.receivers - report.heard, 0);
  return {
    sockets: open,
    users: Math.ceil(open / share),
    connections_failed: sum('connections_failed'),
    first_failure: all.find((report) => report.first_failure)?.first_failure ?? null,
    connect_seconds: sum('connect_seconds'),
    before_bytes: before.resident,
    resident_bytes: spoken.rss_connected_bytes,
    bytes_per_socket: (spoken.rss_connected_bytes - before.resident) / open,
    kernel_bytes_per_end: kernel / (2 * open),
    unpinged: open - sum('connections_pinged'),
    broadcasts: spoken.broadcasts,
    lost: spoken.lost + missed,
    cpu_us_per_delivery: (spoken.server_cpu_seconds * 1e6) / (spoken.deliveries + spoken.sender_echoes + heard),
    last_receiver_p50_ms: spoken.last_receiver_latency.p50_ms,
    leave_seconds: seconds,
    after_bytes: residentBytes(running.pid),
  };
}

/**
 * @param {Running} running
 * @param {number} sockets
 * @returns {Promise<number>} memory of the kernel's objects soon after all are open
 */
async function slabWhen(running, sockets) {
  for (let tries = 0; tries < 3600; tries += 1) {
    await sleep(1000);
    if ((await metric(running, 'sockets')) >= sockets) break;
  }
  await sleep(3000);
  return slabBytes();
}

function slabBytes() {
  const line = /^Slab:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/**
 * @param {Running} running
 * @returns {Promise<number>} seconds until nobody is left, not even those who might come back
 */
async function allGone(running) {
  const started = performance.now();
  while ((await metric(running, 'connections')) + (await metric(running, 'users')) > 0) {
    if (performance.now() - started > 60_000) return NaN;
    await sleep(250);
  }
  await sleep(1000);
  return (performance.now() - started) / 1000 - 1;
}
