/** A proxy as there are many: it passes HTTP on, answers as they come, and knows nothing of WebSocket. */

import { once } from 'node:events';
import http from 'node:http';
import { pipeline } from 'node:stream';

/**
 * Opens another address for the server at `url`.
 *
 * @param {string} url
 */
export async function oldProxy(url) {
  const { hostname, port } = new URL(url);
  let handshakes = 0;
  let isOpen = false;
  /** @type {Set<import('node:stream').Duplex>} */
  const upgraded = new Set();
  const proxy = http.createServer((request, response) => {
    const asked = http.request(
      { hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        // Cut off on one side, it is cut off on the other.
        pipeline(answer, response, () => {});
      },
    );
    asked.on('error', () => response.destroy());
    response.on('close', () => asked.destroy());
    request.pipe(asked);
  });
  proxy.on('upgrade', (request, socket) => {
    handshakes += 1;
    if (!isOpen) return void socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
    const asked = http.request({ hostname, port, path: request.url, headers: request.headers });
    asked.on('upgrade', (answer, far, head) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      socket.write(head);
      far.pipe(socket).pipe(far);
      for (const end of [far, socket]) upgraded.add(end);
      for (const [one, other] of /** @type {const} */ ([[far, socket], [socket, far]])) one.on('error', () => other.destroy());
    });
    asked.on('error', () => socket.destroy());
    asked.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** How many WebSockets were asked for. */
    get handshakes() {
      return handshakes;
    },
    /** From now on it lets WebSockets pass. */
    learn() {
      isOpen = true;
    },
    remove() {
      proxy.close();
      proxy.closeAllConnections();
      for (const end of upgraded) end.destroy();
    },
  };
}
