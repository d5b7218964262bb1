/**
 * Which way the next socket takes: WebSocket, or SockJS where WebSocket does not come through. No DOM, no clock.
 *
 * A way that was open once on this page is trusted more than one that never was; and SockJS is left again as soon as
 * there is reason to hope. What is remembered for the next page in this tab saves it the wait for a WebSocket that
 * never opens.
 */

/** @typedef {'websocket' | 'sockjs'} Way */

/** Failed handshakes in a row after which a WebSocket that was open once is given up. */
const DOUBTS = 2;
/** How long SockJS is taken before WebSocket has another chance, when a new socket is due anyway. Milliseconds. */
export const HOPE = 10 * 60 * 1000;

export class Ways {
  /** @type {Way} */
  #next;
  #hasOpened = false;
  #failures = 0;
  /** When a WebSocket last failed, in milliseconds since 1970. */
  #failedAt = 0;
  #keep;

  /**
   * @param {Way | null} remembered what another page in this tab found out
   * @param {(way: Way) => void} keep remembers it for the next
   * @param {number} now milliseconds since 1970
   */
  constructor(remembered, keep, now) {
    this.#next = remembered ?? 'websocket';
    this.#failedAt = now;
    this.#keep = keep;
  }

  /**
   * For the socket that is made at `now`.
   *
   * @param {number} now milliseconds since 1970
   */
  choose(now) {
    if (this.#next === 'sockjs' && now - this.#failedAt >= HOPE) this.#next = 'websocket';
    return this.#next;
  }

  /** Whether a WebSocket has never been open, so that nobody should wait for one for long. */
  get isUnproven() {
    return !this.#hasOpened;
  }

  /** @param {Way} way */
  opened(way) {
    this.#failures = 0;
    this.#hasOpened ||= way === 'websocket';
    this.#keep(way);
  }

  /**
   * Its handshake came to nothing, though the server may be there.
   *
   * @param {Way} way
   * @param {number} now milliseconds since 1970
   */
  failed(way, now) {
    if (way === 'sockjs') {
      // Perhaps the server was away. Each way has its turn until one is open.
      this.#next = 'websocket';
      return;
    }
    this.#failures += 1;
    this.#failedAt = now;
    if (!this.#hasOpened || this.#failures >= DOUBTS) this.#next = 'sockjs';
  }
}
