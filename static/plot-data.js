/**
 * The points of a live plot: columns of a bounded length, and what they say in a sentence. Pure.
 *
 * @import { Language } from './types.d.ts'
 */

import { WORDS } from './words/plot.js';

/**
 * What a plot calls things.
 *
 * @typedef {object} PlotText
 * @property {string} label what it shows: "Round-trip time"
 * @property {string[]} series the names of its lines, in their order
 * @property {(value: number) => string} format a value as people read it: "12 ms"
 */

/** One moment: milliseconds since 1970, and a value for each line, `null` where there is none. */
/** @typedef {{ at: number, values: (number | null)[] }} Point */

export class PlotData {
  /** Seconds since 1970, growing. @type {number[]} */
  #times = [];
  /** @type {(number | null)[][]} */
  #lines;
  #most;

  /**
   * @param {number} lines how many
   * @param {number} most points that are kept
   */
  constructor(lines, most) {
    this.#lines = Array.from({ length: lines }, () => []);
    this.#most = most;
  }

  /**
   * A point that is not newer than the last one is left out: time runs one way in a plot.
   *
   * @param {Point} point
   */
  add({ at, values }) {
    const time = at / 1000;
    if (!Number.isFinite(time) || time <= (this.#times.at(-1) ?? -Infinity)) return;
    this.#times.push(time);
    for (const [index, line] of this.#lines.entries()) {
      const value = values[index];
      line.push(value !== undefined && value !== null && Number.isFinite(value) ? value : null);
    }
    if (this.#times.length > this.#most) for (const column of [this.#times, ...this.#lines]) column.shift();
  }

  clear() {
    for (const column of [this.#times, ...this.#lines]) column.length = 0;
  }

  /** As uPlot takes it. */
  columns() {
    return /** @type {[number[], ...(number | null)[][]]} */ ([this.#times, ...this.#lines]);
  }

  /** @param {number} index of the line */
  newest(index) {
    return this.#lines[index]?.findLast((value) => value !== null) ?? null;
  }

  /**
   * All of it in a sentence, for whoever does not see the lines.
   *
   * @param {PlotText} text
   * @param {Language} language
   */
  summary({ label, series, format }, language) {
    const words = WORDS[language];
    const told = series.flatMap((name, index) => {
      const values = (this.#lines[index] ?? []).filter((value) => value !== null);
      const last = values.at(-1);
      if (last === undefined) return [];
      const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [last, last]);
      return [words['plot-series']({ name, last: format(last), least: format(least), most: format(most) })];
    });
    return told.length === 0 ? words['plot-empty']({ label }) : words['plot-summary']({ label, series: told });
  }
}
