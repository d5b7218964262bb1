/**
 * A room of socket.io:  node socketio.mjs PORT
 *
 * For speed, as "Performance tuning" in its documentation recommends: `bufferutil` is installed, the first HTTP request
 * of each connection is let go, no compression (its default), and WebSocket is the only transport. Its broadcast encodes
 * a message once for all.
 */

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.engine.on('connection', (connection) => {
  connection.request = null;
});
io.on('connection', (socket) => {
  socket.on('chat', (text) => io.emit('chat', text));
});
http.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
