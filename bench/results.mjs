/** Results as they are kept beside the documents: what the figures need, and no more. */

/**
 * @typedef {import('./figures.mjs').Run} Run
 * @typedef {import('./climbed.mjs').Step} Step
 * @typedef {ReturnType<typeof import('./machine.mjs').machine>} Machine
 * @typedef {{ taken: string, tertulia: string, machine: Machine, load_before: number, load_after: number }} About
 * @typedef {{ about: About & { rounds: number, quick: boolean }, runs: Run[] }} Bench
 * @typedef {{ about: About & { bound?: { name: string, sockets: number } }, steps: Step[] }} Scale
 * @typedef {{ bench: Bench, scale: Scale | null }} Results
 */

const KEPT = [
  ...['receivers', 'connections_failed', 'first_failure', 'lost', 'late', 'duplicates', 'missed', 'error'],
  ...['cpu_us_per_delivery', 'last_receiver_latency', 'deliveries_per_second', 'generator_cpu_share'],
  ...['rss_before_bytes', 'rss_connected_bytes', 'rss_after_bytes', 'rss_bytes_per_connection'],
  ...['before', 'idle', 'afterLarge', 'afterStorm', 'afterAll', 'connect_seconds', 'sent_bytes', 'cpu_seconds'],
];

/**
 * Puts together what several calls of `scripts/bench` and one of `scripts/scale` have written. A later one replaces the
 * rows that it has for a server.
 *
 * @param {(Bench | Scale)[]} files
 * @returns {Results}
 */
export function condensed(files) {
  /** @type {Bench | null} */
  let bench = null;
  /** @type {Scale | null} */
  let scale = null;
  for (const file of files) {
    if ('steps' in file) scale = file;
    else bench = bench === null ? file : { about: file.about, runs: replaced(bench.runs, file.runs) };
  }
  if (bench === null) throw new Error('no results of scripts/bench were given');
  const runs = bench.runs.map((run) => ({ ...run, result: kept(run.result) }));
  return { bench: { about: bench.about, runs }, scale };
}

/**
 * @param {Run[]} old
 * @param {Run[]} fresh
 */
function replaced(old, fresh) {
  const isReplaced = (/** @type {Run} */ run) => fresh.some(({ row, server }) => row === run.row && server === run.server);
  return [...old.filter((run) => !isReplaced(run)), ...fresh];
}

/** @param {Record<string, any>} result */
function kept(result) {
  return Object.fromEntries(KEPT.filter((key) => result[key] != null && result[key] !== 0).map((key) => [key, result[key]]));
}
