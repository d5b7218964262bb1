/** From what was measured to what is shown: medians, ratios to the floor, and what went wrong. */

import { median } from './statistics.mjs';

/**
 * @typedef {object} Run
 * @property {string} row
 * @property {string} server
 * @property {number} round
 * @property {Record<string, any>} result
 *
 * @typedef {object} Figure
 * @property {string} row
 * @property {string} title `{n}` stands for the number of receivers
 * @property {(result: Record<string, any>) => number} value
 * @property {string} [floor] the server that it is compared with
 * @property {number} [digits] behind the point
 */

const MIB = 2 ** 20;
const cpu = (/** @type {Record<string, any>} */ result) => result.cpu_us_per_delivery;
const p99 = (/** @type {Record<string, any>} */ result) => result.last_receiver_latency.p99_ms;

/** @type {Figure[]} */
export const FIGURES = [
  { row: '1k-1', title: 'CPU a delivery, {n} receivers, 1 in flight, µs', value: cpu, floor: 'floor', digits: 2 },
  { row: '1k-64', title: 'CPU a delivery, {n} receivers, 64 in flight, µs', value: cpu, floor: 'floor --coalesce', digits: 3 },
  { row: '10k-16', title: 'CPU a delivery, {n} receivers, 16 in flight, µs', value: cpu, floor: 'floor --coalesce', digits: 3 },
  { row: 'rate-20', title: 'last of {n} receivers, 20 messages a second, p99, ms', value: p99, floor: 'floor', digits: 1 },
  { row: 'rate-100', title: 'last of {n} receivers, 100 messages a second, p99, ms', value: p99, floor: 'floor', digits: 1 },
  { row: '10k-16', title: 'memory of an idle socket, {n} sockets, bytes', value: (result) => result.rss_bytes_per_connection },
  { row: 'memory', title: 'memory at the start, MiB', value: ({ before }) => before / MIB, digits: 1 },
  { row: 'memory', title: 'with {n} idle sockets, MiB', value: ({ idle }) => idle / MIB, digits: 1 },
  { row: 'memory', title: 'after three texts of 60 KB to all, MiB', value: ({ afterLarge }) => afterLarge / MIB, digits: 1 },
  { row: 'memory', title: 'after a storm, MiB', value: ({ afterStorm }) => afterStorm / MIB, digits: 1 },
  { row: 'memory', title: 'after all have left, MiB', value: ({ afterAll }) => afterAll / MIB, digits: 1 },
];

/**
 * @param {Run[]} runs
 * @returns {string[]} the servers, in the order in which they came
 */
export function serversOf(runs) {
  return [...new Set(runs.map(({ server }) => server))];
}

/**
 * @param {Run[]} runs
 * @param {Figure} figure
 * @param {string} server
 */
export function figureOf(runs, { row, value }, server) {
  const good = runs.filter((run) => run.row === row && run.server === server && !run.result.error);
  return median(good.map(({ result }) => value(result)));
}

/**
 * @param {Run[]} runs
 * @returns {string} a table in Markdown, figures down and servers across; empty without such runs
 */
export function table(runs) {
  const servers = serversOf(runs.filter(({ row }) => FIGURES.some((figure) => figure.row === row)));
  const lines = [['', ...servers]];
  for (const figure of FIGURES) {
    const values = servers.map((server) => figureOf(runs, figure, server));
    if (values.every(Number.isNaN)) continue;
    const floor = figure.floor ? figureOf(runs, figure, figure.floor) : NaN;
    const good = runs.filter(({ row, result }) => row === figure.row && !result.error);
    const receivers = median(good.map(({ result }) => result.receivers));
    const title = figure.title.replace('{n}', whole(receivers));
    lines.push([title, ...values.map((value) => cell(value, floor, figure.digits ?? 0))]);
  }
  return lines.length > 1 ? markdown(lines) : '';
}

/**
 * @param {number} value
 * @param {number} floor that it is compared with, or NaN
 * @param {number} digits
 */
function cell(value, floor, digits) {
  if (Number.isNaN(value)) return '-';
  const shown = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return Number.isNaN(floor) ? shown : `${shown} (${ratio(value / floor)})`;
}

/** @param {number} value */
function ratio(value) {
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(2)}×`;
}

/** @param {number} value */
export function whole(value) {
  return Math.round(value).toLocaleString('en');
}

/**
 * @param {Run[]} runs
 * @returns {string} a table of what it costs that users come in; empty without such runs
 */
export function joinTable(runs) {
  const lines = [
    ['', 'users', 'seconds', 'joins a second', 'sent to each, KB', 'of that for each user, bytes', 'CPU a join, ms'],
  ];
  const joins = runs.filter(({ row, result }) => row === 'joins' && !result.error);
  for (const server of serversOf(joins)) {
    const ofServer = joins.filter((run) => run.server === server).map(({ result }) => result);
    for (const users of new Set(ofServer.map(({ receivers }) => receivers))) {
      const ofUsers = ofServer.filter(({ receivers }) => receivers === users);
      const of = (/** @type {string} */ key) => median(ofUsers.map((result) => result[key]));
      const [seconds, sent, spent] = [of('connect_seconds'), of('sent_bytes') / users, of('cpu_seconds') / users];
      lines.push([
        ...[server, whole(users), seconds.toFixed(2), whole(users / seconds), whole(sent / 1000)],
        ...[(sent / users).toFixed(1), (spent * 1000).toFixed(2)],
      ]);
    }
  }
  return lines.length > 1 ? markdown(lines) : '';
}

/**
 * What needs an explanation before a figure is quoted.
 *
 * @param {Run[]} runs
 * @returns {string[]}
 */
export function oddities(runs) {
  const said = runs.flatMap(({ row, server, round, result }) => {
    const odd = ['connections_failed', 'lost', 'late', 'duplicates', 'missed'].filter((key) => (result[key] ?? 0) !== 0);
    if (result.error) return [`${server}, ${row}: ${result.error}`];
    if (odd.length === 0) return [];
    const counts = odd.map((key) => `${result[key]} ${key.replace('_', ' ')}`).join(', ');
    const why = result.first_failure ? ` (${result.first_failure})` : '';
    return [`${server}, ${row}, ${whole(result.receivers)} receivers, round ${round}: ${counts}${why}`];
  });
  return [...new Set(said)];
}

/**
 * @param {string[][]} lines the first being the head
 * @returns {string} in columns that also read well as they are
 */
export function markdown(lines) {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(3, ...lines.map((each) => each[column]?.length ?? 0)));
  const padded = (/** @type {string} */ text, /** @type {number} */ i) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const row = (/** @type {string[]} */ cells) => `| ${cells.map(padded).join(' | ')} |`;
  const rule = row(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  const [head = [], ...rest] = lines;
  return [row(head), rule, ...rest.map(row)].join('\n');
}
