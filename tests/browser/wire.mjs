/** A wire to the server that a test can stretch and cut: connections that end, or live and carry nothing any more. */

import { once } from 'node:events';
import net from 'node:net';

/**
 * Opens another address for the server at `url`.
 *
 * @param {string} url
 */
export async function layWire(url) {
  const { hostname, port } = new URL(url);
  const wire = new Wire(hostname, Number(port));
  await wire.open();
  return wire;
}

class Wire {
  /** Both ends of every connection. @type {Set<net.Socket>} */
  #ends = new Set();
  /** What comes from the server, and where it goes. @type {Map<net.Socket, net.Socket>} */
  #answers = new Map();
  #isRefusing = false;
  #server;
  /** How many connections there have been. */
  connections = 0;
  /** `http://127.0.0.1:PORT`. */
  url = '';

  /**
   * @param {string} host
   * @param {number} port
   */
  constructor(host, port) {
    this.#server = net.createServer((near) => {
      this.connections += 1;
      if (this.#isRefusing) return near.destroy();
      const far = net.connect(port, host);
      for (const [one, other] of /** @type {const} */ ([[near, far], [far, near]])) {
        this.#ends.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => this.#ends.delete(one) && this.#answers.delete(one));
        // An end that only stopped sending would leave the other waiting.
        one.on('close', () => other.destroy());
      }
      this.#answers.set(far, near);
    });
  }

  async open() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens on a port');
    this.url = `http://127.0.0.1:${address.port}`;
  }

  /** From now on the connections that there are carry nothing, and neither end is told. New ones are as good as ever. */
  goDead() {
    for (const end of this.#ends) {
      end.unpipe();
      end.pause();
    }
  }

  /** From now on the server hears what is said on the connections that there are, and nobody hears the server. */
  holdAnswers() {
    for (const [far, near] of this.#answers) {
      far.unpipe(near);
      // What is not read would stop the server in the end.
      far.resume();
    }
  }

  /** Every connection ends without a word. */
  cut() {
    // Node never closes an end that is to be reset while it is saying its goodbye, and then cannot exit itself.
    for (const end of this.#ends) end.writableEnded ? end.destroy() : end.resetAndDestroy();
  }

  /**
   * Whether new connections come to nothing.
   *
   * @param {boolean} isRefusing
   */
  refuse(isRefusing) {
    this.#isRefusing = isRefusing;
  }

  remove() {
    this.#server.close();
    for (const end of this.#ends) end.destroy();
  }
}
