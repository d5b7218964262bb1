/** Runs what `scripts/bench` asks for: servers in turn, each afresh, several rounds. See there for the usage. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { joinTable, oddities, table } from './figures.mjs';
import { load, machine, version } from './machine.mjs';
import { stopAll, stopAllAtExit } from './processes.mjs';
import { ROWS } from './rows.mjs';
import { openFiles, servers } from './servers.mjs';

/** @typedef {import('./figures.mjs').Run} Run */

/** Descriptors that a server or the generator needs besides its sockets. */
const RESERVE = 200;

const target = process.env.CARGO_TARGET_DIR ?? path.join(import.meta.dirname, '../target');
const tertulia = process.env.TERTULIA_BIN ?? path.join(target, 'release/tertulia');

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string' },
    tertulia: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: path.join(target, 'bench/bench.json') },
    quick: { type: 'boolean', default: false },
  },
});

stopAllAtExit();
await main();
process.exit(0);

async function main() {
  const variants = options.tertulia.map((given) => {
    const [label = '', args = ''] = given.split(/:\s*(.*)/s);
    return { label, args: args.split(/\s+/).filter(Boolean) };
  });
  const chosen = pick(servers(target, tertulia, variants), options.only, 'server');
  const rows = pick(ROWS, options.rows, 'row');
  const present = chosen.filter((server) => {
    const missing = server.missing();
    if (missing) console.error(`absent: ${server.name}, for want of ${missing}; scripts/bench --install gets it`);
    return !missing;
  });
  const rounds = options.quick ? 1 : Number(options.rounds);
  const about = {
    ...{ taken: new Date().toISOString(), tertulia: version(tertulia), machine: machine(), load_before: load() },
    ...{ quick: options.quick, rounds },
  };
  /** @type {Run[]} */
  const runs = [];
  const save = () => {
    mkdirSync(path.dirname(options.out), { recursive: true });
    writeFileSync(options.out, JSON.stringify({ about: { ...about, load_after: load() }, runs }, null, 1) + '\n');
  };
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows.filter(({ isSlow }) => !isSlow || round === 1)) {
      // Nobody is always the first after a pause.
      const turn = present.filter(row.isFor);
      const order = turn.map((_, i) => /** @type {typeof turn[number]} */ (turn[(i + round - 1) % turn.length]));
      for (const server of order) {
        runs.push(...(await measure(row, server, round)));
        save();
      }
    }
  }
  console.log([table(inOrder(runs, present)), joinTable(runs)].filter(Boolean).join('\n\n'));
  for (const odd of oddities(runs)) console.log(`\nodd: ${odd}`);
  console.log(`\nall of it: ${path.relative(process.cwd(), options.out)}`);
}

/**
 * @param {import('./rows.mjs').Row} row
 * @param {import('./servers.mjs').Server} server
 * @param {number} round
 * @returns {Promise<Run[]>}
 */
async function measure(row, server, round) {
  const started = performance.now();
  const tell = (/** @type {string} */ how) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.error(`${how}  round ${round}  ${row.name}  ${server.name}  ${seconds} s`);
  };
  try {
    const results = await row.run(server, scale());
    tell('ok  ');
    return results.map((result) => ({ row: row.name, server: server.name, round, result }));
  } catch (error) {
    tell('FAIL');
    await stopAll();
    return [{ row: row.name, server: server.name, round, result: { error: String(error) } }];
  }
}

/** @returns {import('./rows.mjs').Scale} */
function scale() {
  const seconds = Number(options.seconds ?? (options.quick ? 1 : 5));
  const most = openFiles() - RESERVE;
  return {
    seconds,
    warmup: options.quick ? 0.3 : 2,
    settle: options.quick ? 0.3 : 1,
    receivers: (wanted) => Math.min(options.quick ? Math.ceil(wanted / 10) : wanted, most),
    fanout: path.join(target, 'release/fanout'),
  };
}

/**
 * The rounds begin with another server each, the table should not.
 *
 * @param {Run[]} runs
 * @param {{ name: string }[]} present
 */
function inOrder(runs, present) {
  const place = (/** @type {Run} */ run) => present.findIndex(({ name }) => name === run.server);
  return runs.toSorted((a, b) => place(a) - place(b));
}

/**
 * Those that are named, or all.
 *
 * @template {{ name: string }} T
 * @param {T[]} all
 * @param {string | undefined} names with commas
 * @param {string} kind for the error
 * @returns {T[]}
 */
function pick(all, names, kind) {
  if (names === undefined) return all;
  const wanted = names.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !all.some((each) => matches(each.name, name)));
  if (unknown !== undefined) {
    console.error(`error: ${kind} "${unknown}": expected one of ${all.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return all.filter((each) => wanted.some((name) => matches(each.name, name)));
}

/**
 * `floor` names both floors, `tertulia` all of its variants.
 *
 * @param {string} name
 * @param {string} wanted
 */
function matches(name, wanted) {
  return name === wanted || name.startsWith(`${wanted} `);
}
