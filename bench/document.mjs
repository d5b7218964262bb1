/** The generated parts of the documents: pure, from results to text and pictures. */

import { lines, straightness, table as scaleTable } from './climbed.mjs';
import { joinTable, markdown, oddities, serversOf, table, whole } from './figures.mjs';
import { svg } from './plot.mjs';
import { median } from './statistics.mjs';

/** @typedef {import('./results.mjs').Results} Results */

const GIB = 2 ** 30;

/**
 * What stands between `<!-- begin NAME -->` and `<!-- end NAME -->`, by name.
 *
 * @param {Results} results
 * @returns {Record<string, string>}
 */
export function sections({ bench, scale }) {
  const odd = oddities(bench.runs);
  return {
    taken: taken(bench.about),
    'fan-out': table(bench.runs),
    odd: odd.length > 0 ? odd.map((each) => `- ${each}`).join('\n') : 'Nothing was lost, late, doubled or refused in any run.',
    joins: joinTable(bench.runs),
    ...(scale ? climbed(scale) : {}),
  };
}

/** @param {import('./results.mjs').Bench['about']} about */
function taken({ taken, tertulia, rounds, quick, machine, load_before, load_after }) {
  const told = [
    `Taken on ${taken.slice(0, 10)} with ${tertulia}`,
    `${machine.cores} cores, ${machine.memory_gib} GiB, Linux ${machine.kernel}`,
    `at most ${whole(machine.open_files)} open files a process`,
    `medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    `load average ${load_before} before and ${load_after} after.`,
  ].join('; ');
  if (quick) return `${told} **This was a quick run, which only shows that everything works.**`;
  // One runnable process beside the run is enough to spoil times; memory and bytes hardly mind.
  const isRough = rounds < 3 || load_before > 0.5;
  return isRough ? `${told} **The machine had other work, or rounds were few: times are rough.**` : told;
}

/** @param {import('./results.mjs').Scale} scale */
function climbed(scale) {
  const { steps } = scale;
  return { scale: scaleTable(steps), line: straightness(steps), stop: stopped(scale), node: node(scale) };
}

/** @param {import('./results.mjs').Scale} scale */
function stopped({ steps, about: { bound } }) {
  const top = Math.max(...steps.map(({ sockets }) => sockets));
  return `It reached ${whole(top)} sockets. What stopped it: ${bound ? bound.name : 'nothing'}.`;
}

/**
 * What a machine of 8 GiB holds, of which the system keeps one.
 *
 * @param {import('./results.mjs').Scale} scale
 */
function node({ steps }) {
  const top = steps.toSorted((a, b) => b.sockets - a.sockets)[0];
  if (!top || steps.length < 2) return '';
  const own = lines(steps).memory.slope;
  const kernel = top.kernel_bytes_per_end;
  // Measured is what an idle end takes; what is on its way comes on top.
  const cautious = Math.max(kernel, 5000);
  const holds = (/** @type {number} */ end) => whole(Math.floor((7 * GIB) / (own + end) / 10_000) * 10_000);
  return markdown([
    ['', 'tertulia, bytes', 'kernel, bytes', 'sockets in 7 GiB'],
    ['as measured, idle', whole(own), whole(kernel), holds(kernel)],
    ['with 5 KB for the kernel', whole(own), whole(cautious), holds(cautious)],
  ]);
}

/**
 * @param {string} text
 * @param {Record<string, string>} parts
 * @returns {string} with every marked part replaced that there is
 */
export function fillIn(text, parts) {
  return text.replace(/(<!-- begin ([\w-]+) -->\n)[\s\S]*?(<!-- end \2 -->)/g, (whole, begin, name, end) =>
    parts[name] === undefined ? whole : `${begin}${parts[name]}\n${end}`,
  );
}

/**
 * @param {Results} results
 * @returns {Record<string, string>} pictures by file name; none without the row `curve`
 */
export function pictures({ bench: { runs } }) {
  const curve = runs.filter(({ row, result }) => row === 'curve' && !result.error);
  if (curve.length === 0) return {};
  const xTitle = 'sockets';
  return {
    'memory.svg': svg({
      title: 'Memory of the server',
      subtitle: 'resident, all sockets idle; both axes logarithmic',
      xTitle,
      xText: whole,
      yText: bytes,
      series: series(curve, ({ rss_connected_bytes }) => rss_connected_bytes),
    }),
    'cpu.svg': svg({
      title: 'CPU time of a delivery',
      subtitle: 'microseconds of the server for each receiver of a text, one text in flight; both axes logarithmic',
      xTitle: 'receivers',
      xText: whole,
      yText: (y) => `${y.toLocaleString('en')} µs`,
      series: series(curve, ({ cpu_us_per_delivery }) => cpu_us_per_delivery),
    }),
  };
}

/**
 * @param {import('./figures.mjs').Run[]} runs
 * @param {(result: Record<string, any>) => number} value
 * @returns {import('./plot.mjs').Series[]}
 */
function series(runs, value) {
  return serversOf(runs).map((name) => {
    const results = runs.filter(({ server }) => server === name).map(({ result }) => result);
    const sockets = [...new Set(results.map(({ receivers }) => Number(receivers)))].toSorted((a, b) => a - b);
    const at = (/** @type {number} */ x) => median(results.filter(({ receivers }) => receivers === x).map(value));
    const kind = name === 'floor' ? 'floor' : name.startsWith('tertulia') ? 'ours' : 'peer';
    return { name, kind, points: sockets.map((x) => ({ x, y: at(x) })).filter(({ y }) => y > 0) };
  });
}

/** @param {number} value */
function bytes(value) {
  if (value >= 1e9) return `${value / 1e9} GB`;
  if (value >= 1e6) return `${value / 1e6} MB`;
  return `${value / 1e3} KB`;
}
