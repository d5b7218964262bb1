/**
 * What a page tells the room about the person in front of it, without a word of theirs: that they are typing, and
 * that they are away. No DOM; clock and socket come from outside.
 *
 * @import { ClientCommand } from './types.d.ts'
 */

/** More often is not told. Milliseconds. */
export const TYPING_EVERY = 3_000;
/** Whoever has not touched the page for this long, or has not had it in sight, is away. Milliseconds. */
export const AWAY_AFTER = 5 * 60_000;
/** Of a stream of movements one in this time counts. Milliseconds. */
const ACTIVITY_EVERY = 1_000;

/**
 * @typedef {object} Around
 * @property {(command: ClientCommand) => boolean} send whether the socket took it
 * @property {() => number} now
 * @property {(run: () => void, delay: number) => number} after
 * @property {(timer: number) => void} cancel
 */

export class Signals {
  #around;
  #typedAt = -Infinity;
  #activeAt = -Infinity;
  #isAway = false;
  /** @type {number | null} */
  #timer = null;

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
    this.active();
  }

  /** Keys are being pressed in the box. */
  typing() {
    const now = this.#around.now();
    if (now - this.#typedAt < TYPING_EVERY) return;
    if (this.#around.send({ type: 'typing' })) this.#typedAt = now;
  }

  /** What was being typed has been said: the next text is another. */
  said() {
    this.#typedAt = -Infinity;
  }

  /** A key, a movement, or the page has come into sight or gone out of it. */
  active() {
    const now = this.#around.now();
    if (!this.#isAway && now - this.#activeAt < ACTIVITY_EVERY) return;
    this.#activeAt = now;
    if (this.#timer !== null) this.#around.cancel(this.#timer);
    this.#timer = this.#around.after(() => this.#set(true), AWAY_AFTER);
    this.#set(false);
  }

  /** A new socket is not away until it says so. */
  greeted() {
    if (this.#isAway) this.#around.send({ type: 'away', away: true });
  }

  /** @param {boolean} isAway */
  #set(isAway) {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#around.send({ type: 'away', away: isAway });
  }
}
