/**
 * Somebody without a browser who talks by SockJS: an answer that stays open, a request for each text. The server ends
 * an answer with a heartbeat; to ask for the next is to answer it.
 */

import { EventEmitter, once } from 'node:events';

import { PATIENCE, ask, begin } from './guest.mjs';

export class Stream {
  #address;
  #cookie;
  #news = new EventEmitter();
  #heard = '';
  #hasLeft = false;
  /** @type {import('node:http').ClientRequest | null} */
  #request = null;
  /** Whether something cut an answer off; then it asks for no other. */
  isCut = false;

  /**
   * @param {string} base
   * @param {string} cookie
   */
  constructor(base, cookie) {
    this.#address = `${base}sockjs/000/${Math.random().toString(36).slice(2)}`;
    this.#cookie = cookie;
    void this.#listen();
  }

  async #listen() {
    while (!this.#hasLeft && !this.isCut) {
      try {
        this.#request = begin(`${this.#address}/xhr_streaming`, 'POST', undefined, { cookie: this.#cookie, 'content-length': '0' });
        this.#request.end();
        const [answer] = await once(this.#request, 'response');
        answer.setEncoding('utf8');
        for await (const part of answer) {
          this.#heard += part;
          this.#news.emit('news');
        }
      } catch {
        this.isCut = true;
        this.#news.emit('news');
      }
    }
  }

  get isOpen() {
    return /^o$/m.test(this.#heard);
  }

  /** Answered ones. */
  get heartbeats() {
    return this.#heard.match(/^h$/gm)?.length ?? 0;
  }

  /** @param {string} text */
  async say(text) {
    const how = { method: 'POST', cookie: this.#cookie, body: JSON.stringify([text]), type: 'text/plain' };
    const { status, body } = await ask(`${this.#address}/xhr_send`, how);
    if (status !== 204) throw new Error(`the text was answered ${status}: ${body}`);
  }

  /** @param {() => boolean} is what has happened in the end */
  async until(is) {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!is()) await once(this.#news, 'news', { signal });
  }

  /**
   * Waits until the room has heard this.
   *
   * @param {string} text without anything that JSON writes in another way
   */
  async hears(text) {
    await this.until(() => this.#heard.includes(`\\"text\\":\\"${text}\\"`));
  }

  leave() {
    this.#hasLeft = true;
    this.#request?.destroy();
  }
}
