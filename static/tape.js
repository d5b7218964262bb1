/**
 * What this page's own sockets said and heard: the last of it, kept for the lab. It changes nothing about a socket, and
 * does not know what its frames mean.
 *
 * It runs from the first socket on, wherever the server allows the lab, so that whoever opens the lab late still sees
 * the handshake and the greeting. Texts are kept as they came, not copied and not parsed.
 *
 * @import { TapeEntry } from './lab/types.d.ts'
 */

/** The most entries of each of the two reels. */
export const ENTRIES = 500;
/** The most characters of each reel: 500 large texts would be too much to keep. */
export const CHARACTERS = 2_000_000;

/** How the server begins what it tells for the lab alone. It must not push what was said off the reel. */
const REPORT = '{"type":"lab"';

/**
 * @template T
 * @typedef {T extends unknown ? Omit<T, 'n' | 'at'> : never} Unstamped
 */

export class Tape {
  #now;
  #count = 0;
  #sockets = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  #reels = { frames: new Reel(), reports: new Reel() };
  /** @type {Set<(entry: TapeEntry) => void>} */
  #followers = new Set();

  /** @param {() => number} now milliseconds since 1970, finer than whole ones */
  constructor(now = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /** The newest socket of this page. */
  get socket() {
    return this.#socket;
  }

  /**
   * Listens to `socket` from here on, and gives it back.
   *
   * @param {WebSocket} socket
   */
  watch(socket) {
    this.#sockets += 1;
    const id = this.#sockets;
    this.#socket = socket;
    this.#note({ kind: 'state', socket: id, state: 'CONNECTING', url: socket.url });
    socket.addEventListener('open', () => {
      this.#note({ kind: 'state', socket: id, state: 'OPEN', protocol: socket.protocol, extensions: socket.extensions });
    });
    socket.addEventListener('message', ({ data }) => this.#note({ kind: 'in', socket: id, data }));
    socket.addEventListener('close', ({ code, reason, wasClean }) => {
      this.#note({ kind: 'state', socket: id, state: 'CLOSED', code, reason, wasClean });
    });
    this.#overhear(socket, id);
    return socket;
  }

  /**
   * A script's own words raise no event, so they are noted on their way.
   *
   * @param {WebSocket} socket
   * @param {number} id
   */
  #overhear(socket, id) {
    const send = socket.send.bind(socket);
    const close = socket.close.bind(socket);
    socket.send = (data) => {
      const isOpen = socket.readyState === 1;
      send(data);
      // After its end a socket swallows what it is given.
      if (isOpen) this.#note({ kind: 'out', socket: id, data });
    };
    socket.close = (code, reason) => {
      const isClosing = socket.readyState >= 2;
      close(code, reason);
      if (!isClosing) this.#note({ kind: 'state', socket: id, state: 'CLOSING', code: code ?? null });
    };
  }

  /** All that is still there, in its order. */
  entries() {
    const { frames, reports } = this.#reels;
    return [...frames.entries, ...reports.entries].sort((one, other) => one.n - other.n);
  }

  /** Forgets all: the next one at this screen may be somebody else. */
  clear() {
    this.#reels = { frames: new Reel(), reports: new Reel() };
  }

  /**
   * Calls `follower` with each new entry, until what comes back is called.
   *
   * @param {(entry: TapeEntry) => void} follower
   */
  follow(follower) {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  /** @param {Unstamped<TapeEntry>} what */
  #note(what) {
    this.#count += 1;
    const entry = /** @type {TapeEntry} */ ({ ...what, n: this.#count, at: this.#now() });
    const isReport = entry.kind === 'in' && typeof entry.data === 'string' && entry.data.startsWith(REPORT);
    this.#reels[isReport ? 'reports' : 'frames'].add(entry);
    for (const follower of this.#followers) follower(entry);
  }
}

class Reel {
  /** @type {TapeEntry[]} */
  entries = [];
  #characters = 0;

  /** @param {TapeEntry} entry */
  add(entry) {
    this.entries.push(entry);
    this.#characters += weight(entry);
    while (this.entries.length > ENTRIES || (this.#characters > CHARACTERS && this.entries.length > 1)) {
      this.#characters -= weight(/** @type {TapeEntry} */ (this.entries.shift()));
    }
  }
}

/** @param {TapeEntry} entry */
function weight(entry) {
  return 'data' in entry && typeof entry.data === 'string' ? entry.data.length : 0;
}
