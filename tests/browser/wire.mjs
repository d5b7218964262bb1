/** A wire to the server that a test can stretch: connections that live, but carry nothing any more. */

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
  #server;
  /** `http://127.0.0.1:PORT`. */
  url = '';

  /**
   * @param {string} host
   * @param {number} port
   */
  constructor(host, port) {
    this.#server = net.createServer((near) => {
      const far = net.connect(port, host);
      for (const [one, other] of /** @type {const} */ ([[near, far], [far, near]])) {
        this.#ends.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => this.#ends.delete(one));
      }
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

  remove() {
    this.#server.close();
    for (const end of this.#ends) end.destroy();
  }
}
