/**
 * Asks the server, while the lab is open, to tell what it sees of this page's sockets: each new socket anew, from where the
 * last one stopped.
 *
 * @import { LabTools, TapeEntry } from './types.d.ts'
 */

import { emptyModel, fold, read } from './model.js';

/** @param {LabTools} tools */
export function createWatch(tools) {
  let isOn = false;
  /** The newest number that has come, 0 where the journal is to be read from its beginning. */
  let seq = 0;
  const tape = tools.tape();
  for (const entry of tape?.entries() ?? []) seq = newest(entry);
  const unfollow = tape?.follow(follow);

  /** @param {TapeEntry} entry */
  function newest(entry) {
    const happening = read(entry);
    return happening.kind === 'report' ? fold({ ...emptyModel(), seq }, happening).seq : seq;
  }

  /** @param {TapeEntry} entry */
  function follow(entry) {
    if (entry.kind === 'out') return;
    // The greeting goes first: before it, nothing of ours is answered.
    if (entry.kind === 'in' && isOn && read(entry).kind === 'frame' && isGreeting(entry)) return ask();
    const before = seq;
    if (entry.kind === 'in') seq = newest(entry);
    // The server has forgotten what this page knew of; what it keeps now begins at 1.
    if (seq < before) {
      seq = 0;
      ask();
    }
  }

  function ask() {
    send(seq > 0 ? { type: 'lab', do: 'watch', after: seq } : { type: 'lab', do: 'watch' });
  }

  /** @param {object} command */
  function send(command) {
    const socket = tools.tape()?.socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
  }

  return {
    start() {
      isOn = true;
      ask();
    },
    stop() {
      isOn = false;
      send({ type: 'lab', do: 'unwatch' });
    },
    end: () => unfollow?.(),
  };
}

/** @param {TapeEntry} entry */
function isGreeting(entry) {
  return 'data' in entry && typeof entry.data === 'string' && entry.data.startsWith('{"type":"auth"');
}
