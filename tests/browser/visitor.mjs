/** Somebody without a browser, who speaks the plain dialect, where a text frame is what is said, or `tertulia.v1`. */

import { once } from 'node:events';
import http from 'node:http';

/** Milliseconds after which something that was expected counts as not happening. */
const PATIENCE = 30_000;

/**
 * Comes in under a name.
 *
 * @param {string} url
 * @param {string} name
 * @param {string} [protocol] the sub-protocol; none is the plain dialect
 */
export async function visit(url, name, protocol) {
  const answer = await fetch(`${url}/session`, { method: 'POST', body: new URLSearchParams({ name }) });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(';')[0]).join('; ');
  const headers = { cookie, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const offer = protocol === undefined ? {} : { 'sec-websocket-protocol': protocol };
  const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  const request = http.get(`${url}/ws`, { headers: { ...headers, ...offer, ...key } });
  const [, socket] = await once(request, 'upgrade', { signal: AbortSignal.timeout(PATIENCE) });
  return new Visitor(/** @type {import('node:net').Socket} */ (socket));
}

class Visitor {
  #socket;
  #heard = '';

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (/** @type {string} */ text) => {
      // Only the last frames are ever asked for.
      this.#heard = (this.#heard + text).slice(-200_000);
      socket.emit('heard');
    });
    socket.on('error', () => {});
  }

  /** @param {object} command of `tertulia.v1` */
  command(command) {
    this.say(JSON.stringify(command));
  }

  /** @param {string} text */
  say(text) {
    const bytes = Buffer.from(text);
    const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 0xff];
    // A client must mask what it says; a mask of zeros changes nothing.
    this.#socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), bytes]));
  }

  /**
   * Waits until the room has heard this.
   *
   * @param {string} text without anything that JSON writes in another way
   */
  async hears(text) {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!this.#heard.includes(`"text":"${text}"`)) await once(this.#socket, 'heard', { signal });
  }

  /** Closes in good order. */
  leave() {
    this.#socket.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
  }

  /** The connection breaks. */
  vanish() {
    this.#socket.resetAndDestroy();
  }
}
