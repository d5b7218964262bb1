/**
 * The state and whatever moves it: events in their order, frames in batches, one's own lines to the socket. No DOM;
 * the socket, the screen and chance come from outside.
 *
 * Frames wait for the next turn of the screen, so that a burst costs one rendering. Everything else happens at once,
 * behind the frames that came before it.
 *
 * @import { ClientCommand, PageEvent, ServerFrame, State } from './types.d.ts'
 */

import { Outbox } from './outbox.js';
import { reduceAll } from './state.js';
import { OLDER_LINES, firstNumber } from './state/log.js';
import { hasRoomFor } from './state/pending.js';

/**
 * @typedef {object} Around
 * @property {(command: ClientCommand) => boolean} send whether the socket took it
 * @property {(run: () => void) => void} soon runs something with the next turn of the screen
 * @property {() => number} now milliseconds since 1970
 * @property {() => string} newId an id under which nothing was ever said
 * @property {() => void} greeted a socket has been greeted: from here on the server hears this page
 * @property {(state: State, before: State) => void} changed shows and keeps what came out
 */

export class Conversation {
  /** @type {PageEvent[]} */
  #queue = [];
  #isDue = false;
  #state;
  #around;
  #outbox;

  /**
   * @param {State} state
   * @param {Around} around
   */
  constructor(state, around) {
    this.#state = state;
    this.#around = around;
    this.#outbox = new Outbox(around.send, (id) => this.#apply([{ type: 'handed-over', id }]));
  }

  get state() {
    return this.#state;
  }

  /** @param {PageEvent} event */
  dispatch(event) {
    this.#settle(event);
  }

  /** @param {ServerFrame} frame */
  received(frame) {
    this.#queue.push({ type: 'frame', frame, now: this.#around.now() });
    if (this.#isDue) return;
    this.#isDue = true;
    this.#around.soon(() => {
      this.#isDue = false;
      if (this.#queue.length > 0) this.#settle();
    });
  }

  /**
   * Takes a line, to be sent now or as soon as that is possible. `false`: there are too many already.
   *
   * @param {string} text
   */
  say(text) {
    if (this.#state.me === null || !hasRoomFor(this.#state.pending, text)) return false;
    this.#settle({ type: 'said', id: this.#around.newId(), text });
    return true;
  }

  /**
   * Says a line once more of which nobody knows whether it was heard. That is another line, with an id of its own.
   *
   * @param {string} id
   */
  sayAgain(id) {
    const line = this.#state.pending.find((line) => line.id === id);
    if (line?.status !== 'unsure' && line?.status !== 'refused') return;
    this.#settle({ type: 'taken-back', id }, { type: 'said', id: this.#around.newId(), text: line.text });
  }

  /** Asks for the lines before the first one, if the server has any. */
  askOlder() {
    const { older, link } = this.#state;
    if (!older.more || older.asked || link.status !== 'open') return;
    const before = firstNumber(this.#state);
    if (this.#around.send({ type: 'history', before, limit: OLDER_LINES })) this.#settle({ type: 'older-asked' });
  }

  /** @param {PageEvent[]} events */
  #settle(...events) {
    const all = [...this.#queue, ...events];
    this.#queue = [];
    const before = this.#state;
    this.#apply(all);
    this.#watchSocket(before);
    this.#outbox.flush(() => this.#state);
    if (this.#state !== before) this.#around.changed(this.#state, before);
  }

  /** @param {PageEvent[]} events */
  #apply(events) {
    this.#state = reduceAll(this.#state, events);
  }

  /** @param {State} before */
  #watchSocket(before) {
    const { link, awaitsHistory } = this.#state;
    // A socket that was lost and another that was greeted never are in one batch: a loss ends a batch.
    if (link.status !== 'open' || awaitsHistory) this.#outbox.cut();
    else if (before.link.status !== 'open' || before.awaitsHistory) {
      this.#outbox.greeted();
      this.#around.greeted();
    }
  }
}
