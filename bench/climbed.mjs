/** What `scripts/scale` found, shown: a table, how straight it is, and where the line leads. */

import { markdown, whole } from './figures.mjs';
import { line } from './statistics.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./step.mjs').climb>>} Step */

const FAR = 1_000_000;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * @param {Step[]} steps
 * @returns {string}
 */
export function table(steps) {
  const head = [
    ...['sockets', 'memory, MiB', 'a socket, bytes', 'kernel, an end, bytes', 'CPU a delivery, µs'],
    ...['broadcasts', 'lost', 'not pinged', 'after all left, MiB'],
  ];
  const mib = (/** @type {number} */ bytes) => (bytes / MIB).toFixed(1);
  return markdown([
    head,
    ...steps.map((step) => [
      ...[whole(step.sockets), mib(step.resident_bytes), whole(step.bytes_per_socket), whole(step.kernel_bytes_per_end)],
      ...[step.cpu_us_per_delivery.toFixed(2), whole(step.broadcasts), String(step.lost), String(step.unpinged)],
      mib(step.after_bytes),
    ]),
  ]);
}

/**
 * The lines through memory and through the price of a broadcast, over sockets.
 *
 * @param {Step[]} steps
 */
export function lines(steps) {
  const through = (/** @type {(step: Step) => number} */ y) =>
    line(steps.map((step) => ({ x: step.sockets, y: y(step) })));
  return {
    memory: through((step) => step.resident_bytes),
    broadcast: through((step) => step.cpu_us_per_delivery * step.sockets),
  };
}

/**
 * @param {Step[]} steps
 * @returns {string} empty if there are too few for a line
 */
export function straightness(steps) {
  if (steps.length < 3) return '';
  const top = Math.max(...steps.map(({ sockets }) => sockets));
  const { memory, broadcast } = lines(steps);
  const at = (/** @type {import('./statistics.mjs').Line} */ { offset, slope }, /** @type {number} */ x) => offset + slope * x;
  const mib = (/** @type {number} */ bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  const ms = (/** @type {number} */ us) => `${(us / 1000).toFixed(1)} ms`;
  return markdown([
    ['least squares', 'at 0', 'for each socket', 'R²', `at ${whole(top)} by the line`, `extrapolated to ${whole(FAR)}`],
    [
      ...['memory', mib(memory.offset), `${whole(memory.slope)} bytes`, memory.straightness.toFixed(4)],
      ...[mib(at(memory, top)), `${(at(memory, FAR) / GIB).toFixed(2)} GiB`],
    ],
    [
      ...['CPU of a broadcast', ms(broadcast.offset), `${broadcast.slope.toFixed(2)} µs`, broadcast.straightness.toFixed(4)],
      ...[ms(at(broadcast, top)), `${(at(broadcast, FAR) / 1e6).toFixed(1)} s`],
    ],
  ]);
}
