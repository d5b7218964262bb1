/** Climbs the ladder of `scripts/scale`, and says how straight it was. See there for the usage. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { straightness, table } from './climbed.mjs';
import { whole } from './figures.mjs';
import { bounds, ladder } from './ladder.mjs';
import { load, machine, version } from './machine.mjs';
import { stopAllAtExit } from './processes.mjs';
import { climb } from './step.mjs';

/** @typedef {import('./climbed.mjs').Step} Step */

const target = process.env.CARGO_TARGET_DIR ?? path.join(import.meta.dirname, '../target');
const tertulia = process.env.TERTULIA_BIN ?? path.join(target, 'release/tertulia');

const { values: options } = parseArgs({
  options: {
    to: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '5' },
    interval: { type: 'string', default: '10' },
    generators: { type: 'string', default: '1' },
    tertulia: { type: 'string', default: '--workers 1' },
    out: { type: 'string', default: path.join(target, 'bench/scale.json') },
  },
});

stopAllAtExit();
process.exit((await main()) ? 0 : 1);

/** @returns {Promise<boolean>} whether every broadcast reached everybody, and every ping */
async function main() {
  const [bound, ...others] = bounds();
  const most = bound?.sockets ?? 1000;
  const about = { taken: new Date().toISOString(), tertulia: version(tertulia), machine: machine(), load_before: load() };
  /** @type {Step[]} */
  const steps = [];
  let isGood = true;
  for (const sockets of ladder(most, Number(options.to))) {
    const step = await climb(sockets, {
      ...{ fanout: path.join(target, 'release/fanout'), tertulia, args: options.tertulia.split(/\s+/).filter(Boolean) },
      ...{ seconds: Number(options.seconds), interval: Number(options.interval) },
      generators: Number(options.generators),
    });
    steps.push(step);
    console.error(told(step));
    isGood &&= step.lost === 0 && step.unpinged === 0 && step.connections_failed === 0 && step.sockets === sockets;
    mkdirSync(path.dirname(options.out), { recursive: true });
    writeFileSync(options.out, JSON.stringify({ about: { ...about, load_after: load(), bound }, steps }, null, 1) + '\n');
    if (!isGood) break;
  }
  console.log(`${table(steps)}\n\n${straightness(steps)}`);
  console.log(Number(options.to) > most ? `\nstopped by: ${bound?.name}: ${whole(most)} sockets` : `\nstopped as asked`);
  for (const { name, sockets } of others) console.log(`next:       ${name}: ${whole(sockets)} sockets`);
  const failed = 'FAILED: somebody missed a broadcast or a ping, or never came in';
  console.log(`\n${isGood ? 'every broadcast and every ping reached everybody' : failed}`);
  return isGood;
}

/** @param {Step} step */
function told({ sockets, connect_seconds, unpinged, lost, connections_failed, first_failure }) {
  const failed = connections_failed > 0 ? `, ${connections_failed} failed (${first_failure})` : '';
  return `${whole(sockets)} sockets in ${connect_seconds.toFixed(1)} s, ${unpinged} not pinged, ${lost} deliveries lost${failed}`;
}
