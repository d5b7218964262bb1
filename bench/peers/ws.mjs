/**
 * The broadcast server of the documentation of `ws`:  node ws.mjs PORT
 *
 * For speed: `bufferutil` is installed, as its README recommends; no compression, which is its default; texts stay
 * buffers, so that nothing is decoded and encoded again.
 */

import { WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});
