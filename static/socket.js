/**
 * One live socket to the server, kept alive by coming back. No DOM, no words, no idea of what the frames mean.
 *
 * What holds at any time:
 * - there is at most one WebSocket and at most one timer of each kind (of the phase, of silence);
 * - what an earlier WebSocket still says is ignored;
 * - after `stop()` nothing is called back until the next `start()`.
 *
 * Clock, chance and the WebSocket itself come from outside, so that tests bring their own.
 *
 * @import { ClientCommand, ServerFrame } from './types.d.ts'
 */

/** The sub-protocol of JSON commands. */
export const PROTOCOL = 'tertulia.v1';

/** All in milliseconds. */
export const BACKOFF_BASE = 500;
export const BACKOFF_CAP = 30_000;
/** A connection that lived this long was a good one: the next loss starts again from the base. */
export const STABLE_AFTER = 10_000;
/** After 1001, 1012 (restart) and 1013 (too slow) the server asks for patience. */
export const PATIENCE_MIN = 5_000;
export const PATIENCE_MAX = 30_000;
/** A handshake that takes longer has failed. Browsers wait for minutes. */
export const HANDSHAKE_TIMEOUT = 15_000;
/**
 * A connection can die without a word: the network is gone, and the browser notices after many minutes. Pings show it
 * nothing, since no script sees them. So whoever hears nothing for this long asks, and so does whoever comes back to
 * the page or gets no echo; without an answer the connection counts as lost.
 */
export const SILENCE = 60_000;
/** The silence after something was sent: its echo is due. */
export const ECHO_TIMEOUT = 10_000;
/** How long the answer to the question may take, and a handshake that somebody waits for. */
export const ANSWER_TIMEOUT = 5_000;
/**
 * A timer that fires this much too late tells of a page that slept, or of a hidden one, whose timers browsers let fire
 * once a minute. What the server said meanwhile may still wait to be read, so nothing is held against it yet.
 */
export const LATE = 1_000;
/** The question: the cheapest one that the server always answers. @type {ClientCommand} */
const QUESTION = { type: 'server-time' };
/** More than this unsent, and a text is better kept in its box. Bytes. */
const BUFFER_LIMIT = 1 << 20;

/** Who broke a rule of the protocol or of the server would break it again. */
const FINAL = [1002, 1003, 1007, 1008, 1009];
/** The server goes down (1001), restarts (1012), or has too much to do (1013). */
const LATER = [1001, 1012, 1013];
/** What browsers say when no close frame was seen, and we when nobody answered. */
const ABNORMAL = 1006;

/**
 * @typedef {object} Surroundings
 * @property {(protocol: string) => WebSocket} connect makes the WebSocket; asked anew for each attempt, so that its
 *   address can tell what the page holds
 * @property {() => Promise<'somebody' | 'nobody' | 'unreachable'>} ask whether the HTTP session still has a name; it
 *   must not reject
 * @property {() => number} now milliseconds since 1970
 * @property {() => number} random in [0, 1)
 * @property {(run: () => void, delay: number) => number} after runs something in so many milliseconds
 * @property {(timer: number) => void} cancel
 */

/**
 * @typedef {object} Callbacks
 * @property {() => void} connecting
 * @property {(frame: ServerFrame) => void} frame
 * @property {(code: number, retryAt: number) => void} lost it comes back by itself at `retryAt`
 * @property {(reason: string) => void} refused closed for good (1008 and its like): it comes back only by `retry()`
 * @property {() => void} nobody the HTTP session has ended; stopped
 */

export class LiveSocket {
  /** @type {'stopped' | 'asking' | 'connecting' | 'open' | 'waiting' | 'refused'} */
  #phase = 'stopped';
  /** @type {WebSocket | null} */
  #socket = null;
  /** Losses since the last stable connection. */
  #losses = 0;
  /** Whether the last handshake failed: perhaps because the HTTP session is over, which a browser does not tell. */
  #handshakeFailed = false;
  /** The timer of the phase: the end of waiting, of the handshake, or of being unstable. */
  #timer;
  /** While open: when to ask, or when to give up waiting for the answer. */
  #silence;
  #isAsking = false;
  /** How long to stay away after the next loss, and until when that holds. */
  #awayFor = 0;
  #awayUntil = 0;
  /** The question was put because somebody wants to know now. */
  #isUrgent = false;
  /** When the handshake has failed, at the latest. */
  #handshakeBy = 0;
  /** Grows with every `start` and `stop`, so that a late answer finds that nobody waits for it. */
  #turn = 0;
  #around;
  #on;

  /**
   * @param {Surroundings} around
   * @param {Callbacks} on
   */
  constructor(around, on) {
    this.#around = around;
    this.#on = on;
    this.#timer = new Timer(around);
    this.#silence = new Timer(around);
  }

  /** Connects. Nothing happens if it was started before. */
  start() {
    if (this.#phase !== 'stopped') return;
    this.#turn += 1;
    this.#losses = 0;
    this.#handshakeFailed = false;
    this.#connect();
  }

  /** Closes in good order and stays so. */
  stop() {
    this.#turn += 1;
    this.#phase = 'stopped';
    this.#cancelTimers();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** The user wants to try now: also after a refusal. */
  retry() {
    if (this.#phase === 'waiting' || this.#phase === 'refused') this.#attempt();
  }

  /** The page is shown, or the network is back: no need to wait any longer, nor to trust a connection blindly. */
  wake() {
    if (this.#phase === 'waiting' && this.#around.now() < this.#awayUntil) return;
    if (this.#phase === 'waiting') this.#attempt();
    else if (this.#phase === 'connecting') this.#hurry();
    else if (this.#phase === 'open') this.#probe();
  }

  /** The browser says that the network is gone. It may be wrong, so the server is asked, and not given up unheard. */
  doubt() {
    if (this.#phase === 'open') this.#probe();
  }

  /** A handshake that began over a network that is gone would keep everybody waiting. */
  #hurry() {
    const by = this.#around.now() + ANSWER_TIMEOUT;
    if (by < this.#handshakeBy) this.#shakeHandsBy(by);
  }

  #probe() {
    this.#isUrgent = true;
    // A question that is out already has its own limit, unless it was put before the page slept.
    if (!this.#isAsking) this.#question();
  }

  /**
   * After the next loss, and only that one, comes back no sooner than in `time` milliseconds, unless the user wants to
   * try: in the lab others shall have the time to be told.
   *
   * @param {number} time
   */
  stayAway(time) {
    this.#awayFor = time;
  }

  /**
   * Sends `command`, or returns `false` if that is not possible now.
   *
   * @param {ClientCommand} command
   */
  send(command) {
    const socket = this.#socket;
    if (this.#phase !== 'open' || !socket) return false;
    if (socket.readyState !== 1 || socket.bufferedAmount > BUFFER_LIMIT) return false;
    socket.send(JSON.stringify(command));
    if (!this.#isAsking) this.#silence.set(ECHO_TIMEOUT, () => this.#question());
    return true;
  }

  #question() {
    if (!this.send(QUESTION)) return this.#giveUp();
    this.#isAsking = true;
    this.#silence.judge(ANSWER_TIMEOUT, () => this.#giveUp());
  }

  /** Nobody answers: this WebSocket is not heard any more, whatever it may still say. */
  #giveUp() {
    const socket = this.#socket;
    this.#closed(ABNORMAL, '');
    socket?.close();
  }

  #attempt() {
    this.#timer.cancel();
    if (this.#handshakeFailed) void this.#askFirst();
    else this.#connect();
  }

  async #askFirst() {
    const turn = this.#turn;
    this.#phase = 'asking';
    this.#on.connecting();
    const answer = await this.#around.ask();
    if (turn !== this.#turn) return;
    if (answer === 'somebody') return this.#connect();
    if (answer === 'unreachable') return this.#wait(ABNORMAL);
    this.stop();
    this.#on.nobody();
  }

  #connect() {
    this.#phase = 'connecting';
    this.#on.connecting();
    const socket = this.#around.connect(PROTOCOL);
    this.#socket = socket;
    this.#shakeHandsBy(this.#around.now() + HANDSHAKE_TIMEOUT);
    socket.onopen = () => this.#socket === socket && this.#opened();
    socket.onmessage = (event) => this.#socket === socket && this.#received(event.data);
    socket.onclose = (event) => this.#socket === socket && this.#closed(event.code, event.reason);
  }

  /** @param {number} at */
  #shakeHandsBy(at) {
    this.#handshakeBy = at;
    this.#timer.judge(at - this.#around.now(), () => this.#giveUp());
  }

  #opened() {
    this.#timer.cancel();
    this.#phase = 'open';
    this.#awayFor = 0;
    this.#handshakeFailed = false;
    this.#timer.set(STABLE_AFTER, () => (this.#losses = 0));
    this.#heardSomething();
  }

  #heardSomething() {
    this.#isAsking = false;
    this.#isUrgent = false;
    this.#silence.set(SILENCE, () => this.#question());
  }

  /** @param {unknown} data */
  #received(data) {
    this.#heardSomething();
    const frame = parsed(data);
    if (frame) this.#on.frame(frame);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    this.#cancelTimers();
    this.#socket = null;
    this.#handshakeFailed = this.#phase === 'connecting';
    if (FINAL.includes(code)) {
      this.#phase = 'refused';
      this.#on.refused(reason);
    } else {
      this.#wait(code);
    }
  }

  /** @param {number} code */
  #wait(code) {
    const delay = Math.max(this.#delay(code), this.#awayFor);
    this.#awayUntil = this.#around.now() + this.#awayFor;
    this.#awayFor = 0;
    this.#isUrgent = false;
    this.#losses += 1;
    this.#phase = 'waiting';
    this.#timer.set(delay, () => this.#attempt());
    this.#on.lost(code, this.#around.now() + delay);
  }

  /**
   * Full jitter: after a restart all pages return, and none of them together with another.
   *
   * @param {number} code
   */
  #delay(code) {
    const chance = this.#around.random();
    if (LATER.includes(code)) {
      return PATIENCE_MIN + chance * (PATIENCE_MAX - PATIENCE_MIN);
    }
    // Somebody is there and waits, and the network may have been back for long.
    if (this.#isUrgent) return chance * BACKOFF_BASE;
    return chance * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** this.#losses);
  }

  #cancelTimers() {
    this.#timer.cancel();
    this.#silence.cancel();
    this.#isAsking = false;
  }
}

/** One timer: setting it anew forgets what it was set for before. */
class Timer {
  /** @type {number | null} */
  #timer = null;
  #around;

  /** @param {Pick<Surroundings, 'now' | 'after' | 'cancel'>} around */
  constructor(around) {
    this.#around = around;
  }

  /**
   * @param {number} time milliseconds
   * @param {() => void} run
   */
  set(time, run) {
    this.cancel();
    this.#timer = this.#around.after(() => {
      this.#timer = null;
      run();
    }, time);
  }

  /**
   * Counts something as failed after `time`. Where the timer fires too late there is a moment more, once, in which all
   * that had come meanwhile is read.
   *
   * @param {number} time milliseconds
   * @param {() => void} fail
   */
  judge(time, fail) {
    const due = this.#around.now() + time;
    this.set(time, () => (this.#around.now() - due > LATE ? this.set(LATE, fail) : fail()));
  }

  cancel() {
    if (this.#timer !== null) this.#around.cancel(this.#timer);
    this.#timer = null;
  }
}

/**
 * The frame in `data`, or `null` where there is none.
 *
 * @param {unknown} data
 * @returns {ServerFrame | null}
 */
function parsed(data) {
  if (typeof data !== 'string') return null;
  try {
    const value = JSON.parse(data);
    return typeof value?.type === 'string' ? value : null;
  } catch {
    return null;
  }
}
