/**
 * A room that keeps to "Nothing lost, nothing doubled" of docs/protocol.md to the letter, and a network that the test
 * moves: what is under way arrives only when `deliver` says so, and is gone when the wire is cut.
 *
 * @import { ChatFrame, ClientCommand, Position, ServerFrame, User } from '../../static/types.d.ts'
 */

/** The server remembers so many ids of each user. */
const IDS = 64;
/** What somebody gets who comes in. */
const RECENT = 10;

export class ModelServer {
  #runs = 0;
  epoch = '';
  /** Lines of this epoch from the oldest that is kept on. @type {ChatFrame[]} */
  kept = [];
  /** How many were said in this epoch. */
  last = 0;
  /** Everything that was ever said, by its time, which no two lines share. @type {Map<string, { epoch: string, run: number, number: number, id: string }>} */
  said = new Map();
  /** @type {Set<string>} */
  heardTexts = new Set();
  /** Every `ack` that was ever given. @type {{ epoch: string, id: string, number: number }[]} */
  acked = [];
  /** @type {Map<string, Map<string, { text: string, ack: ServerFrame }>>} */
  #ids = new Map();
  /** @type {Set<Wire>} */
  #wires = new Set();

  /** @param {number} limit lines that are kept */
  constructor(limit) {
    this.limit = limit;
    this.restart();
  }

  /** All sockets break, and nothing is remembered. */
  restart() {
    for (const wire of this.#wires) wire.cut();
    this.#runs += 1;
    this.epoch = this.#runs.toString(16).padStart(16, '0');
    this.kept = [];
    this.last = 0;
    this.#ids.clear();
    this.#wires.clear();
  }

  /**
   * @param {User} user
   * @param {Position | null} held
   */
  connect(user, held) {
    const wire = new Wire(this, user);
    this.#wires.add(wire);
    wire.tell(auth(user, this.epoch), { type: 'user-list', users: [user], version: 1 });
    const { gap, lines } = this.#missedSince(held);
    if (gap) wire.tell(gap);
    wire.tell({ type: 'history', lines, more: this.#hasBefore(lines[0]?.id ?? this.last + 1) });
    return wire;
  }

  /**
   * The table of "Coming back".
   *
   * @param {Position | null} held
   * @returns {{ gap?: ServerFrame, lines: ChatFrame[] }}
   */
  #missedSince(held) {
    const recent = this.kept.slice(-RECENT);
    if (held === null) return { lines: recent };
    if (held.epoch !== this.epoch) return { gap: { type: 'gap', reason: 'restarted' }, lines: recent };
    if (held.number > this.last) return { gap: { type: 'gap', reason: 'unknown' }, lines: recent };
    const lines = this.kept.filter((line) => line.id > held.number);
    const missing = (lines[0]?.id ?? this.last + 1) - held.number - 1;
    return missing > 0 ? { gap: { type: 'gap', reason: 'too-old', missing }, lines } : { lines };
  }

  /** @param {number} number */
  #hasBefore(number) {
    return this.kept.length > 0 && Number(this.kept[0]?.id) < number;
  }

  /**
   * @param {Wire} wire
   * @param {ClientCommand} command
   */
  hear(wire, command) {
    if (command.type === 'say') this.#say(wire, command.id ?? '', command.text);
    if (command.type !== 'history') return;
    const lines = this.kept.filter((line) => line.id < command.before).slice(-command.limit);
    wire.tell({ type: 'history', lines, more: this.#hasBefore(lines[0]?.id ?? command.before) });
  }

  /**
   * @param {Wire} wire
   * @param {string} id
   * @param {string} text
   */
  #say(wire, id, text) {
    const ids = this.#ids.get(wire.user.id) ?? new Map();
    this.#ids.set(wire.user.id, ids);
    const before = ids.get(id);
    if (before) {
      const reused = /** @type {const} */ ({ type: 'error', code: 'id-reused', message: 'said before', ref: id });
      return wire.tell(before.text === text ? before.ack : reused);
    }
    this.last += 1;
    const at = new Date(1_000_000 * this.#runs + this.last).toISOString();
    const ack = /** @type {const} */ ({ type: 'ack', id, chat: this.last, at });
    ids.set(id, { text, ack });
    if (ids.size > IDS) ids.delete(ids.keys().next().value);
    const line = /** @type {const} */ ({ type: 'chat', id: this.last, user: wire.user, text, at });
    this.kept = [...this.kept, line].slice(-this.limit);
    this.heardTexts.add(text);
    this.said.set(at, { epoch: this.epoch, run: this.#runs, number: this.last, id });
    this.acked.push({ epoch: this.epoch, id, number: this.last });
    wire.tell(ack);
    for (const each of this.#wires) each.tell(line);
  }

  /** @param {Wire} wire */
  forget(wire) {
    this.#wires.delete(wire);
  }
}

/** A connection: what is under way either way. */
export class Wire {
  /** @type {ServerFrame[]} */
  down = [];
  /** @type {ClientCommand[]} */
  up = [];
  isWhole = true;
  #server;

  /**
   * @param {ModelServer} server
   * @param {User} user
   */
  constructor(server, user) {
    this.#server = server;
    this.user = user;
  }

  /** @param {ServerFrame[]} frames */
  tell(...frames) {
    if (this.isWhole) this.down.push(...frames);
  }

  /** The oldest command under way arrives. */
  deliverUp() {
    const command = this.isWhole ? this.up.shift() : undefined;
    if (command) this.#server.hear(this, command);
    return command !== undefined;
  }

  /** Whatever is under way is gone, and neither end is told. */
  cut() {
    this.isWhole = false;
    this.up = [];
    this.down = [];
    this.#server.forget(this);
  }
}

/**
 * @param {User} user
 * @param {string} epoch
 * @returns {ServerFrame}
 */
function auth(user, epoch) {
  const heartbeat = { interval: 20_000, timeout: 45_000 };
  return { type: 'auth', user, socket: '0000000000000001', protocol: 'tertulia.v1', heartbeat, limits: { text: 4096, frames: 20 }, epoch };
}
