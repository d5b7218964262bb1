/**
 * Hands one's own lines to the socket: on each one first those that an earlier one had and nobody acknowledged, under
 * their ids, then those that wait. So whatever broke, and wherever, each is heard once. No DOM, no clock.
 *
 * @import { Pending, State } from './types.d.ts'
 */

/** So many may be unacknowledged at once: the server remembers twice as many ids of one person. */
export const IN_FLIGHT = 32;

export class Outbox {
  /** What the socket there is has had; `null` before its greeting is over. @type {Set<string> | null} */
  #handed = null;
  #send;
  #onHandedOver;

  /**
   * @param {(line: { type: 'say', id: string, text: string }) => boolean} send whether the socket took it
   * @param {(id: string) => void} onHandedOver a line that had waited is under way
   */
  constructor(send, onHandedOver) {
    this.#send = send;
    this.#onHandedOver = onHandedOver;
  }

  /** A socket has been greeted, its history has come: from here on it may be told what this page has to say. */
  greeted() {
    this.#handed = new Set();
  }

  /** There is no socket, or none that was greeted. */
  cut() {
    this.#handed = null;
  }

  /**
   * Hands over what can be.
   *
   * @param {() => State} state as it is: it changes under way
   */
  flush(state) {
    const handed = this.#handed;
    if (handed === null) return;
    const { pending } = state();
    // Of this epoch, that is: with another's, `auth` has made them unsure.
    const unacknowledged = pending.filter((line) => line.status === 'sent');
    for (const line of unacknowledged.slice(0, IN_FLIGHT)) {
      if (handed.has(line.id)) continue;
      if (!this.#say(line)) return;
      handed.add(line.id);
    }
    const room = IN_FLIGHT - unacknowledged.length;
    for (const line of pending.filter((line) => line.status === 'waiting').slice(0, Math.max(0, room))) {
      if (!this.#say(line)) return;
      handed.add(line.id);
      this.#onHandedOver(line.id);
    }
  }

  /** @param {Pending} line */
  #say({ id, text }) {
    return this.#send({ type: 'say', id, text });
  }
}
