/** Runs of the load generator. */

import { finished, start } from './processes.mjs';

/** @typedef {import('./servers.mjs').Running} Running */
/** @typedef {Record<string, any>} Report what `fanout` prints; its README has the fields */

/**
 * @typedef {object} Load
 * @property {number} receivers
 * @property {number} [window] broadcasts in flight
 * @property {number} [rate] at most this many broadcasts a second
 * @property {number} [size] bytes of a text
 * @property {number} seconds
 * @property {number} warmup
 * @property {number} settle seconds after connecting
 * @property {number} [stall] seconds after which what has not come counts as lost
 * @property {number} [runId] shared with others
 * @property {string} [prefix] of the names with which it logs in
 * @property {number} [share] sockets of one user
 * @property {number} [sourceAddresses] from which it connects
 * @property {number} [connectSeconds] how long opening may take
 */

/** Long enough for 20,000 users to come in, everybody told of each, on a slow machine. */
const CONNECT_SECONDS = 300;

/** Longer than the slowest peer takes for all that is in flight. */
const STALL_SECONDS = 10;

/**
 * Puts a load on a server and returns what came of it.
 *
 * @param {string} fanout the binary
 * @param {Running} server
 * @param {Load} load
 * @returns {Promise<Report>}
 */
export async function drive(fanout, server, load) {
  const args = [
    ...common(server, load),
    ...['--window', String(load.window ?? 1), '--size', String(load.size ?? 128)],
    ...['--seconds', String(load.seconds), '--warmup', String(load.warmup)],
    ...['--stall-timeout', String(load.stall ?? STALL_SECONDS)],
    ...(load.rate ? ['--rate', String(load.rate)] : []),
  ];
  const opening = (load.connectSeconds ?? CONNECT_SECONDS) + load.settle;
  const patience = opening + load.warmup + load.seconds + (load.stall ?? STALL_SECONDS) + 30;
  return JSON.parse(await finished(start(fanout, args), 'fanout', patience));
}

/**
 * Opens sockets that only listen, until `leave` is called.
 *
 * @param {string} fanout the binary
 * @param {Running} server
 * @param {Load} load
 * @returns {Promise<{ leave: () => Promise<Report> }>} when they are open
 */
export async function hold(fanout, server, load) {
  const child = start(fanout, [...common(server, load), '--idle', '--until-eof']);
  const report = finished(child, 'fanout', 3600).then(JSON.parse);
  // Whoever waits is told; if a run has failed before, nobody does.
  report.catch(() => {});
  const connected = new Promise((resolve) => {
    child.stderr?.on('data', (data) => {
      if (String(data).includes('connected')) resolve(null);
    });
  });
  await Promise.race([connected, report]);
  return {
    leave: () => {
      child.stdin?.end();
      return report;
    },
  };
}

/**
 * @param {Running} server
 * @param {Load} load
 */
function common(server, load) {
  const login = load.prefix ? server.args.map((arg) => arg.replace('"u{i}"', `"${load.prefix}{i}"`)) : server.args;
  return [
    ...['--url', server.url, ...login, '--server-pid', String(server.pid)],
    ...['--receivers', String(load.receivers), '--settle', String(load.settle)],
    ...['--connect-timeout', String(load.connectSeconds ?? CONNECT_SECONDS)],
    ...(load.share ? ['--login-share', String(load.share)] : []),
    ...(load.sourceAddresses ? ['--source-addresses', String(load.sourceAddresses)] : []),
    ...(load.runId === undefined ? [] : ['--run-id', String(load.runId)]),
  ];
}
