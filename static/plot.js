/**
 * Live line plots, drawn by uPlot. Loaded only where plots are: `const { createPlot } = await import('./plot.js')`.
 *
 *     const plot = createPlot(place, { text: { label, series, format }, language, seconds: 300 });
 *     plot.add({ at: Date.now(), values: [12, null] });
 *
 * A plot fills the width of its place and is as high as `--plot-height` says. It has a legend with the newest values
 * (or those under the pointer), a tooltip, the colours of the theme, and a sentence for screen readers. Lines differ by
 * their dashes as well as by colour.
 *
 * @import { Language } from './types.d.ts'
 * @import { PlotText, Point } from './plot-data.js'
 */

import { hourAndMinute, timeOfDay } from './format.js';
import { PlotData } from './plot-data.js';
import uPlot from './vendor/uplot.js';
import { WORDS } from './words/plot.js';

const STYLES = 'styles/plot.css';
/** More points than this are more than a screen has columns for. */
const POINTS = 1200;
/** For the first, second and third line, in CSS pixels; the colours are `--plot-1` and so on. */
const DASHES = [[], [7, 4], [2, 3]];
/** Pixels between the labels of an axis. */
const SPACE = { x: 60, y: 32 };
/** Seconds between the labels of time. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
const MINUTE = 60;

/**
 * @param {HTMLElement} place an empty element
 * @param {object} options
 * @param {PlotText} options.text
 * @param {Language} options.language
 * @param {number} [options.seconds] how much time the plot shows
 * @param {number} [options.points] how many points are kept at most
 * @param {string} [options.sync] plots with the same word here share their pointer
 */
export function createPlot(place, { text, language, seconds = 300, points = POINTS, sync }) {
  const data = new PlotData(text.series.length, points);
  const parts = makeParts(place, text.series.length);
  /** @type {uPlot | null} until its place has a width */
  let drawn = null;

  const chart = {
    seconds,
    sync,
    parts,
    data,
    text: () => text,
    language: () => language,
    /** @param {number | null} index of the point under the pointer */
    point: (index) => renderValues(chart, index),
  };

  function render() {
    parts.caption.textContent = text.label;
    parts.board.setAttribute('aria-label', data.summary(text, language));
    renderValues(chart, null);
    drawn?.setData(data.columns());
  }

  function fit() {
    const { clientWidth: width, clientHeight: height } = parts.board;
    if (width === 0 || height === 0) return;
    if (drawn) drawn.setSize({ width, height });
    else drawn = draw(chart, width, height);
  }

  const resized = new ResizeObserver(fit);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const recolour = () => drawn?.redraw(false, true);
  void loadStyles().then(() => resized.observe(parts.board));
  dark.addEventListener('change', recolour);
  render();

  return {
    /** @param {Point[]} added in the order of their times */
    add(...added) {
      for (const point of added) data.add(point);
      render();
    },
    clear() {
      data.clear();
      render();
    },
    /**
     * @param {Language} next
     * @param {PlotText} words with as many lines as before
     */
    translate(next, words) {
      [language, text] = [next, words];
      render();
    },
    remove() {
      resized.disconnect();
      dark.removeEventListener('change', recolour);
      drawn?.destroy();
      parts.figure.remove();
    },
  };
}

/** @typedef {ReturnType<typeof makeParts>} Parts */
/**
 * @typedef {object} Chart
 * @property {number} seconds
 * @property {string | undefined} sync
 * @property {Parts} parts
 * @property {PlotData} data
 * @property {() => PlotText} text
 * @property {() => Language} language
 * @property {(index: number | null) => void} point
 */

/**
 * @param {Chart} chart
 * @param {number} width
 * @param {number} height
 */
function draw(chart, width, height) {
  const { board } = chart.parts;
  const font = `12px ${getComputedStyle(board).fontFamily}`;
  const axis = {
    font,
    stroke: () => colour(board, '--ink-soft'),
    grid: { stroke: () => colour(board, '--line'), width: 1 },
    ticks: { stroke: () => colour(board, '--line'), width: 1, size: 5 },
  };
  /** @type {uPlot.Options} */
  const options = {
    width,
    height,
    padding: [10, 32, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, ...(chart.sync ? { sync: { key: chart.sync } } : {}) },
    scales: {
      x: { time: true, range: (_, __, newest) => [(newest ?? 0) - chart.seconds, newest ?? 0] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.12 : 1] },
    },
    axes: [
      { ...axis, space: SPACE.x, incrs: STEPS, values: (_, times, __, ___, step) => times.map((time) => timeLabel(time, step, chart.language())) },
      { ...axis, space: SPACE.y, size: sizeOfLabels(font), values: (_, values) => values.map((value) => chart.text().format(value)) },
    ],
    series: [
      {},
      ...chart.text().series.map((_, index) => ({
        stroke: () => colour(board, `--plot-${index + 1}`),
        width: 2,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [(plot) => pointed(plot, chart)] },
  };
  return new uPlot(options, chart.data.columns(), board);
}

/**
 * @param {number} time seconds since 1970
 * @param {number} step seconds to the next label
 * @param {Language} language
 */
function timeLabel(time, step, language) {
  return (step < MINUTE ? timeOfDay : hourAndMinute)(time * 1000, language);
}

/**
 * As wide as the widest label: "1,024 KiB" needs more than "3".
 *
 * @param {string} font
 * @returns {(plot: uPlot, labels: string[]) => number}
 */
function sizeOfLabels(font) {
  return (plot, labels) => {
    plot.ctx.save();
    // The context counts device pixels, the size is in those of CSS; measured in the latter's font.
    plot.ctx.font = font;
    const widest = Math.max(0, ...(labels ?? []).map((label) => plot.ctx.measureText(label).width));
    plot.ctx.restore();
    return Math.ceil(widest) + 18;
  };
}

/**
 * @param {uPlot} plot
 * @param {Chart} chart
 */
function pointed(plot, chart) {
  const { parts, data } = chart;
  const { idx: index, left } = plot.cursor;
  const isOver = typeof index === 'number' && (left ?? -1) >= 0;
  chart.point(isOver ? index : null);
  parts.tip.hidden = !isOver;
  if (!isOver) return;
  const [times, ...lines] = data.columns();
  const { series, format } = chart.text();
  const rows = series.map((name, line) => `${name}  ${valueOr(lines[line]?.[index], format, chart.language())}`);
  parts.tip.textContent = [timeOfDay((times[index] ?? 0) * 1000, chart.language()), ...rows].join('\n');
  const x = plot.valToPos(times[index] ?? 0, 'x') + plot.over.offsetLeft;
  // On the side where there is room.
  const toLeft = x > plot.width / 2;
  parts.tip.style.setProperty('left', `${x}px`);
  parts.tip.style.setProperty('top', `${plot.over.offsetTop}px`);
  parts.tip.style.setProperty('translate', toLeft ? 'calc(-100% - 8px) 0' : '8px 0');
}

/**
 * @param {Chart} chart
 * @param {number | null} index of the point whose values the legend shows; `null`: the newest
 */
function renderValues({ parts, data, text, language }, index) {
  const { series, format } = text();
  const [, ...lines] = data.columns();
  for (const [line, { name, value }] of parts.legend.entries()) {
    name.textContent = series[line] ?? '';
    value.textContent = valueOr(index === null ? data.newest(line) : lines[line]?.[index], format, language());
  }
}

/**
 * @param {number | null | undefined} value
 * @param {(value: number) => string} format
 * @param {Language} language
 */
function valueOr(value, format, language) {
  return value === null || value === undefined ? WORDS[language]['plot-nothing'] : format(value);
}

/**
 * @param {HTMLElement} place
 * @param {number} lines
 */
function makeParts(place, lines) {
  const figure = make('figure', 'plot');
  const caption = make('figcaption', 'plot-caption');
  const board = make('div', 'plot-board');
  board.setAttribute('role', 'img');
  const tip = make('div', 'plot-tip');
  tip.hidden = true;
  tip.ariaHidden = 'true';
  const list = make('ul', 'plot-legend');
  const legend = Array.from({ length: lines }, (_, index) => {
    const [row, mark, name, value] = [make('li', 'plot-entry'), make('span', 'plot-mark'), make('span', 'plot-name'), make('span', 'plot-value')];
    mark.dataset['line'] = String(index + 1);
    mark.ariaHidden = 'true';
    row.append(mark, name, ' ', value);
    list.append(row);
    return { name, value };
  });
  const frame = make('div', 'plot-frame');
  frame.append(board, tip);
  figure.append(caption, list, frame);
  place.append(figure);
  return { figure, caption, board, tip, legend };
}

/**
 * @param {string} tag
 * @param {string} className
 */
function make(tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name of a custom property
 */
function colour(element, name) {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Once for all plots of a page. @type {Promise<void> | null} */
let styles = null;

function loadStyles() {
  styles ??= new Promise((resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL(STYLES, import.meta.url).href;
    // A plot without its style is ugly, one that never comes is worse.
    for (const outcome of ['load', 'error']) link.addEventListener(outcome, () => resolve());
    document.head.append(link);
  });
  return styles;
}
