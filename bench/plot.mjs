/**
 * A line chart as SVG: logarithmic axes, names at the ends of the lines instead of a legend, its own ground, so that it
 * reads on a light and on a dark page.
 */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {'ours' | 'floor' | 'peer'} kind
 * @property {{ x: number, y: number }[]} points
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} subtitle
 * @property {string} xTitle
 * @property {(x: number) => string} xText
 * @property {(y: number) => string} yText
 * @property {Series[]} series
 */

const WIDTH = 860;
const HEIGHT = 520;
const PLOT = { left: 84, right: 700, top: 84, bottom: 452 };
const LINE_HEIGHT = 18;
const PEER_COLOURS = 6;

const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #e4e8ec; --ours: #c2410c; --floor: #6e7781;
    --peer0: #1d4ed8; --peer1: #15803d; --peer2: #7e22ce; --peer3: #0e7490; --peer4: #a16207; --peer5: #be185d; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --soft: #9198a1; --grid: #272d36; --ours: #fb923c; --floor: #9198a1;
      --peer0: #79a7ff; --peer1: #4ade80; --peer2: #c99bff; --peer3: #35d0e6; --peer4: #eab308; --peer5: #f472b6; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; }
  .soft { fill: var(--soft); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .line { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
  .ours { stroke-width: 3; }
  .floor { stroke-dasharray: 5 4; }
  .name { font-size: 13px; }
  .name.ours { font-weight: 600; }`;

/**
 * @param {Chart} chart
 * @returns {string}
 */
export function svg(chart) {
  const points = chart.series.flatMap((series) => series.points);
  const x = scale(points.map((point) => point.x), PLOT.left, PLOT.right);
  const y = scale(points.map((point) => point.y), PLOT.bottom, PLOT.top);
  const colours = colour(chart.series);
  const body = [
    ...axes(chart, x, y),
    // Ours last, over all others.
    ...chart.series.toSorted((a, b) => rank(a) - rank(b)).map((series) => drawn(series, colours(series), x, y)),
    ...names(chart.series, colours, x, y),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`,
    '  role="img" aria-labelledby="title">',
    `<title id="title">${escaped(chart.title)}: ${escaped(chart.subtitle)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="8" style="fill: var(--ground)"/>`,
    `<text class="title" x="24" y="34">${escaped(chart.title)}</text>`,
    `<text class="soft" x="24" y="56">${escaped(chart.subtitle)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} place in the picture
 * @property {number[]} ticks
 */

/**
 * A logarithmic axis with some air at both ends.
 *
 * @param {number[]} values
 * @param {number} from
 * @param {number} to
 * @returns {Scale}
 */
export function scale(values, from, to) {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const air = Math.max(0.04 * (high - low), 0.05);
  const [first, last] = [low - air, high + air];
  const place = (/** @type {number} */ value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from);
  return { place, ticks: ticks(10 ** first, 10 ** last) };
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {number[]} powers of ten; with 2 and 5 between them if they would be few
 */
export function ticks(from, to) {
  const inside = (/** @type {number[]} */ steps) => {
    const found = [];
    for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power += 1) {
      // From the decimal, so that 0.2 does not become 0.20000000000000001.
      found.push(...steps.map((step) => Number(`${step}e${power}`)).filter((value) => value >= from && value <= to));
    }
    return found;
  };
  const tens = inside([1]);
  return tens.length >= 4 ? tens : inside([1, 2, 5]);
}

/**
 * @param {Chart} chart
 * @param {Scale} x
 * @param {Scale} y
 */
function axes(chart, x, y) {
  const { left, right, top, bottom } = PLOT;
  return [
    ...y.ticks.map((tick) => {
      const at = round(y.place(tick));
      const text = `<text class="soft" x="${left - 10}" y="${at + 4}" text-anchor="end">${escaped(chart.yText(tick))}</text>`;
      return `<path class="grid" d="M${left} ${at}H${right}"/>${text}`;
    }),
    ...x.ticks.map((tick) => {
      const at = round(x.place(tick));
      const text = `<text class="soft" x="${at}" y="${bottom + 22}" text-anchor="middle">${escaped(chart.xText(tick))}</text>`;
      return `<path class="grid" d="M${at} ${top}V${bottom}"/>${text}`;
    }),
    `<text class="soft" x="${(left + right) / 2}" y="${bottom + 48}" text-anchor="middle">${escaped(chart.xTitle)}</text>`,
  ];
}

/**
 * @param {Series} series
 * @param {string} paint
 * @param {Scale} x
 * @param {Scale} y
 */
function drawn({ kind, points }, paint, x, y) {
  const places = points.map((point) => [round(x.place(point.x)), round(y.place(point.y))]);
  const path = places.map(([across, down], i) => `${i === 0 ? 'M' : 'L'}${across} ${down}`).join('');
  const radius = kind === 'ours' ? 4.5 : 3;
  const dots = places.map(([across, down]) => `<circle cx="${across}" cy="${down}" r="${radius}" style="fill: ${paint}"/>`);
  return `<path class="line ${kind}" d="${path}" style="stroke: ${paint}"/>${dots.join('')}`;
}

/**
 * @param {Series[]} series
 * @param {(series: Series) => string} colours
 * @param {Scale} x
 * @param {Scale} y
 */
function names(series, colours, x, y) {
  const ends = series.flatMap((each) => {
    const end = each.points.at(-1);
    return end ? [{ each, at: y.place(end.y), from: { x: round(x.place(end.x)), y: round(y.place(end.y)) } }] : [];
  });
  const places = spread(ends.map(({ at }) => at), LINE_HEIGHT, PLOT.top, PLOT.bottom);
  return ends.map(({ each, from }, i) => {
    const [paint, down] = [colours(each), round(places[i] ?? 0)];
    const path = `M${from.x + 7} ${from.y}L${PLOT.right + 16} ${down}`;
    const place = `x="${PLOT.right + 20}" y="${down + 4}"`;
    return [
      `<path d="${path}" style="stroke: ${paint}; stroke-opacity: 0.45"/>`,
      `<text class="name ${each.kind}" ${place} style="fill: ${paint}">${escaped(each.name)}</text>`,
    ].join('');
  });
}

/**
 * Moves places apart until neighbours have `gap` between them, in their order, and none leaves the bounds.
 *
 * @param {number[]} places
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function spread(places, gap, low, high) {
  const order = places.map((_, i) => i).toSorted((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const moved = [...places];
  let least = low;
  for (const i of order) {
    moved[i] = Math.max(moved[i] ?? 0, least);
    least = (moved[i] ?? 0) + gap;
  }
  let most = high;
  for (const i of order.toReversed()) {
    moved[i] = Math.min(moved[i] ?? 0, most);
    most = (moved[i] ?? 0) - gap;
  }
  return moved;
}

/** @param {Series} series */
function rank({ kind }) {
  return ['floor', 'peer', 'ours'].indexOf(kind);
}

/** @param {Series[]} series */
function colour(series) {
  const peers = series.filter(({ kind }) => kind === 'peer');
  return (/** @type {Series} */ each) =>
    each.kind === 'peer' ? `var(--peer${peers.indexOf(each) % PEER_COLOURS})` : `var(--${each.kind})`;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
