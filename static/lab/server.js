/**
 * What the server saw of this connection: pings and pongs, what waits, and who decided what.
 *
 * @import { Model, Report } from './types.d.ts'
 */

import { element } from './build.js';
import { clock, place } from './frames.js';
import { reportSentence } from './reports.js';
import { sourceLink } from './source.js';

/** What the facts above the list are made of. */
const FACTS = /** @type {const} */ (['auth', 'queue', 'watch', 'trips']);

/** @param {import('./words.js').LabWords} words */
export function createServer(words) {
  const facts = element('dl', { class: 'lab-facts' });
  const nothing = element('p', { class: 'lab-note' }, words['server-none']);
  const list = element('ol', { class: 'lab-list', 'data-lab-part': 'server', 'aria-label': words['server-heading'] });
  const heading = element('h3', { id: 'lab-server' }, words['server-heading']);
  const root = element('section', { 'aria-labelledby': 'lab-server' }, heading, facts, nothing, list);
  /** By number. @type {Map<number, HTMLLIElement>} */
  const rows = new Map();
  /** @type {Model | null} */
  let shown = null;

  /** @param {Report} report */
  function rowOf(report) {
    const known = rows.get(report.n);
    if (known) return known;
    const row = element(
      'li',
      { class: 'report', 'data-kind': report.kind },
      element('span', {}, reportSentence(words, report)),
      element('time', { class: 'report-time' }, clock(report.at)),
      element('span', { class: 'report-source' }, sourceLink(report.source)),
    );
    rows.set(report.n, row);
    return row;
  }

  /** @param {Model} model */
  function render(model) {
    const before = shown;
    shown = model;
    if (model.reports !== before?.reports) {
      const kept = new Set(model.reports.map(({ n }) => n));
      for (const n of rows.keys()) if (!kept.has(n)) rows.delete(n);
      place(list, model.reports.map(rowOf).reverse());
      nothing.hidden = model.reports.length > 0;
    }
    const isNew = FACTS.some((fact) => model[fact] !== before?.[fact]);
    if (isNew) renderFacts(model);
  }

  /** @param {Model} model */
  function renderFacts({ auth, queue, trips, watch }) {
    const ping = trips.findLast(({ by }) => by === 'ping');
    // What waits is told when that changes; before the first change nothing does.
    const { interval = 0, timeout = 0 } = auth?.heartbeat ?? {};
    const heartbeat = interval > 0 ? words['heartbeat-times']({ seconds: interval / 1000, limit: timeout / 1000 }) : words['heartbeat-off'];
    /** @type {[string, string][]} */
    const rows = [
      [words['server-socket'], auth?.socket ?? words.unknown],
      [words['server-heartbeat'], auth ? heartbeat : words.unknown],
      [words['server-queue'], watch === null ? words.unknown : words.bytes({ bytes: queue ?? 0 })],
      [words['server-rtt'], ping ? words.milliseconds({ time: ping.ms.toFixed(1) }) : words.unknown],
    ];
    facts.replaceChildren(...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))));
  }

  return { root, render };
}
