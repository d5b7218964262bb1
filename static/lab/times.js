/**
 * Round-trip times, as a plot and as a table: the page's own question, and the server's ping.
 *
 * @import { Model } from './types.d.ts'
 */

import { createPlot } from '../plot.js';
import { button, element } from './build.js';
import { tableHead } from './connection.js';
import { clock } from './frames.js';

/** The most rows of the table; the plot shows all. */
const ROWS = 20;
/** The lines of the plot, in their order. */
const LINES = /** @type {const} */ (['question', 'ping']);
/** How much time the plot shows: some pings of a heartbeat. */
const SECONDS = 120;

/**
 * @param {import('./words.js').LabWords} words
 * @param {import('../types.d.ts').Language} language
 * @param {{ measure: () => boolean }} actions
 */
export function createTimes(words, language, { measure }) {
  const nothing = element('p', { class: 'lab-note' }, words['times-none']);
  const place = element('div', { class: 'lab-plot' });
  const rows = element('tbody');
  const table = element(
    'table',
    { class: 'lab-table' },
    element('caption', {}, words['times-caption']),
    tableHead([words['times-at'], words['times-what'], words['times-ms']]),
    rows,
  );
  const root = element(
    'section',
    { 'data-lab-part': 'times', 'aria-labelledby': 'lab-times' },
    element('h3', { id: 'lab-times' }, words['times-heading']),
    element('p', { class: 'lab-note' }, words['times-measure-hint']),
    element('div', { class: 'lab-row' }, button(words['times-measure'], measure)),
    nothing,
    place,
    table,
  );
  const text = {
    label: words['times-heading'],
    series: LINES.map((line) => words[`times-${line}`]),
    format: (/** @type {number} */ ms) => words.milliseconds({ time: ms.toFixed(1) }),
  };
  /** @type {ReturnType<typeof createPlot> | null} */
  let plot = null;
  /** The newest that is in the plot. */
  let plotted = 0;
  /** @type {Model['trips'] | null} */
  let shown = null;

  /** @param {Model} model */
  function render({ trips }) {
    if (trips === shown) return;
    shown = trips;
    nothing.hidden = trips.length > 0;
    table.hidden = place.hidden = trips.length === 0;
    if (trips.length === 0) return;
    plot ??= createPlot(place, { text, language, seconds: SECONDS });
    const fresh = trips.filter(({ n }) => n > plotted);
    plotted = trips.at(-1)?.n ?? plotted;
    plot.add(...fresh.map(({ at, by, ms }) => ({ at, values: LINES.map((line) => (line === by ? ms : null)) })));
    rows.replaceChildren(
      ...trips
        .slice(-ROWS)
        .toReversed()
        .map(({ at, by, ms }) =>
          element('tr', {}, element('td', {}, clock(at)), element('td', {}, words[`times-${by}`]), element('td', {}, ms.toFixed(1))),
        ),
    );
  }

  return { root, render, end: () => plot?.remove() };
}
