/**
 * Totals and live plots.
 *
 * @import { Language, Sample, ServerState } from './types.d.ts'
 * @import { PlotText } from '../plot-data.js'
 */

import { dateAndTime, hourAndMinute } from '../format.js';
import { createPlot } from '../plot.js';
import { fromTemplate, hook, setText } from '../view/elements.js';
import { count, size, time } from './figures.js';
import { WORDS } from './words.js';

/** As many samples as the server keeps: one each second. */
const SAMPLES = 300;

/** Each plot: its words, and what a sample says to it. */
const PLOTS = {
  presence: {
    words: /** @type {const} */ (['plot-presence', 'plot-people', 'plot-sockets']),
    values: (/** @type {Sample} */ { users, sockets }) => [users, sockets],
    format: (/** @type {number} */ value, /** @type {Language} */ language) => count(value, language),
  },
  messages: {
    words: /** @type {const} */ (['plot-messages', 'plot-in', 'plot-out']),
    values: (/** @type {Sample} */ { messages_in, messages_out }) => [messages_in, messages_out],
    format: (/** @type {number} */ value, /** @type {Language} */ language) => `${count(value, language)}/s`,
  },
  latency: {
    words: /** @type {const} */ (['plot-latency', 'plot-median', 'plot-99']),
    values: (/** @type {Sample} */ { latency_p50, latency_p99 }) => [latency_p50, latency_p99],
    format: (/** @type {number} */ value) => time(value),
  },
};

/**
 * @param {Language} first the language to begin with
 */
export function createFigures(first) {
  let language = first;
  const totals = hook('totals');
  const plots = Object.entries(PLOTS).map(([name, kind]) => ({
    kind,
    plot: createPlot(hook(`plot="${name}"`), { text: textOf(kind, language), language, seconds: SAMPLES, points: SAMPLES, sync: 'figures' }),
  }));
  /** @type {Map<string, { name: HTMLElement, value: HTMLElement }>} */
  const shown = new Map();
  /** @type {ServerState | null} */
  let last = null;

  /** @param {ServerState} state */
  function render(state) {
    last = state;
    const words = WORDS[language];
    const { sample } = state;
    fill('total-users', count(sample.users, language));
    fill('total-sockets', count(sample.sockets, language));
    fill('total-connections', count(sample.connections, language));
    fill('total-queued', size(sample.queued_bytes));
    fill('total-backlog', size(sample.backlog_bytes));
    fill('total-memory', sample.memory_bytes === null ? words.unknown : size(sample.memory_bytes));
    fill('total-uptime', hourAndMinute(state.started_at, language)).title = dateAndTime(state.started_at, language);
    fill('total-version', state.version);
  }

  /**
   * @param {'total-users' | 'total-sockets' | 'total-connections' | 'total-queued' | 'total-backlog' | 'total-memory' | 'total-uptime' | 'total-version'} key
   * @param {string} text
   */
  function fill(key, text) {
    let parts = shown.get(key);
    if (!parts) {
      const { element, part } = fromTemplate('total');
      parts = { name: part('name'), value: part('value') };
      shown.set(key, parts);
      totals.append(element);
    }
    setText(parts.name, WORDS[language][key]);
    setText(parts.value, text);
    return parts.value;
  }

  return {
    render,
    /** @param {Sample[]} samples */
    add(samples) {
      for (const { kind, plot } of plots) {
        plot.add(...samples.map((sample) => ({ at: Date.parse(sample.at), values: kind.values(sample) })));
      }
    },
    clear() {
      last = null;
      shown.clear();
      totals.replaceChildren();
      for (const { plot } of plots) plot.clear();
    },
    /** @param {Language} next */
    translate(next) {
      language = next;
      for (const { kind, plot } of plots) plot.translate(language, textOf(kind, language));
      if (last) render(last);
    },
  };
}

/**
 * @param {(typeof PLOTS)[keyof typeof PLOTS]} kind
 * @param {Language} language
 * @returns {PlotText}
 */
function textOf({ words: [label, ...series], format }, language) {
  const words = WORDS[language];
  return { label: words[label], series: series.map((key) => words[key]), format: (value) => format(value, language) };
}
