/**
 * What `scripts/bench` measures. A row is run for each server, afresh, once a round; its result is a flat record of
 * numbers, from which `figures.mjs` takes what is shown.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { drive, hold } from './fanout.mjs';
import { cpuSeconds, residentBytes } from './processes.mjs';
import { metric } from './servers.mjs';

/** @typedef {import('./servers.mjs').Running} Running */
/** @typedef {import('./servers.mjs').Server} Server */
/** @typedef {Record<string, any>} Result */

/**
 * How long, and how many: `--quick` shortens everything and means nothing.
 *
 * @typedef {object} Scale
 * @property {number} seconds
 * @property {number} warmup
 * @property {number} settle
 * @property {(wanted: number) => number} receivers as many as there can be
 * @property {string} fanout the binary
 */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {boolean} isSlow whether one round is enough, since memory and joins hardly scatter
 * @property {(server: Server) => boolean} isFor
 * @property {(server: Server, scale: Scale) => Promise<Result[]>} run
 */

const everybody = () => true;
/** The floors differ only in traffic that they can join. */
const allButOneFloor = (/** @type {Server} */ server) => server.name !== 'floor --coalesce';

/** @type {Row[]} */
export const ROWS = [
  traffic('1k-1', { receivers: 1000, window: 1 }),
  traffic('1k-64', { receivers: 1000, window: 64 }),
  traffic('10k-16', { receivers: 10_000, window: 16 }),
  traffic('rate-20', { receivers: 1000, window: 1000, rate: 20 }),
  traffic('rate-100', { receivers: 1000, window: 1000, rate: 100 }),
  { name: 'memory', isSlow: true, isFor: allButOneFloor, run: memory },
  { name: 'joins', isSlow: true, isFor: (server) => Boolean(server.isOurs), run: joins },
  { name: 'curve', isSlow: true, isFor: allButOneFloor, run: curve },
];

/**
 * @param {string} name
 * @param {{ receivers: number, window: number, rate?: number }} load
 * @returns {Row}
 */
function traffic(name, load) {
  return {
    name,
    isSlow: false,
    isFor: everybody,
    run: async (server, scale) => [await under(server, (running) => loaded(running, load, scale))],
  };
}

/**
 * @param {Running} running
 * @param {{ receivers: number, window: number, rate?: number }} load
 * @param {Scale} scale
 */
function loaded(running, load, scale) {
  const { seconds, warmup, settle } = scale;
  // Who has just come in costs memory until the last notice is written.
  const quiet = load.receivers > 1000 ? 3 * settle : settle;
  const receivers = scale.receivers(load.receivers);
  return drive(scale.fanout, running, { ...load, receivers, seconds, warmup, settle: quiet });
}

/**
 * Memory and price of a delivery over the number of sockets, one in flight.
 *
 * @param {Server} server
 * @param {Scale} scale
 */
async function curve(server, scale) {
  const results = [];
  for (const receivers of [10, 100, 1000, 10_000, 19_000]) {
    results.push(await under(server, (running) => loaded(running, { receivers, window: 1 }, scale)));
  }
  return results;
}

/**
 * What memory stays with a server after large texts, after a storm, and after everybody has left.
 *
 * @param {Server} server
 * @param {Scale} scale
 */
async function memory(server, scale) {
  const sockets = scale.receivers(10_000);
  return under(server, async (running) => {
    const { fanout, settle } = scale;
    const quiet = () => sleep(3 * settle * 1000);
    const runId = 7;
    const before = residentBytes(running.pid);
    const holder = await hold(fanout, running, { receivers: sockets, seconds: 0, warmup: 0, settle, runId });
    await quiet();
    const idle = residentBytes(running.pid);
    const speaker = { receivers: 1, warmup: 0, settle: 0.2, runId, prefix: 's' };
    const large = await drive(fanout, running, { ...speaker, size: 60_000, rate: 1, seconds: 3 });
    await quiet();
    const afterLarge = residentBytes(running.pid);
    const storm = await drive(fanout, running, { ...speaker, window: 64, seconds: scale.seconds, stall: 60, prefix: 't' });
    await quiet();
    const afterStorm = residentBytes(running.pid);
    const held = await holder.leave();
    // The last notices of who has left come a grace later, and a server may wait for calm before it gives memory back.
    await sleep(20 * settle * 1000);
    const afterAll = residentBytes(running.pid);
    const said = large.broadcasts_started + storm.broadcasts_started;
    const missed = said * held.receivers - held.heard;
    return [{ receivers: held.receivers, before, idle, afterLarge, afterStorm, afterAll, missed }];
  });
}

/**
 * What it costs that users come in, all of them told of each.
 *
 * @param {Server} server
 * @param {Scale} scale
 */
async function joins(server, scale) {
  const results = [];
  for (const wanted of [2500, 5000, 10_000]) {
    const users = scale.receivers(wanted);
    results.push(await under(server, async (running) => {
      const [bytes, cpu] = [await metric(running, 'bytes_out_total'), cpuSeconds(running.pid)];
      const load = { receivers: users, seconds: 0, warmup: 0, settle: scale.settle };
      const holder = await hold(scale.fanout, running, load);
      await sleep(3 * scale.settle * 1000);
      const sent = (await metric(running, 'bytes_out_total')) - bytes;
      const spent = cpuSeconds(running.pid) - cpu;
      const { receivers, connect_seconds, connections_failed, first_failure } = await holder.leave();
      return { receivers, connect_seconds, connections_failed, first_failure, sent_bytes: sent, cpu_seconds: spent };
    }));
  }
  return results;
}

/**
 * Starts a server for as long as something is done to it.
 *
 * @template T
 * @param {Server} server
 * @param {(running: Running) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function under(server, work) {
  const running = await server.start();
  try {
    return await work(running);
  } finally {
    await running.stop();
  }
}
