/** Somebody without a browser who comes through a proxy: from an address and with headers of their choice. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

/** Milliseconds after which something that was expected counts as not happening. */
export const PATIENCE = Number(process.env['PATIENCE'] ?? 30_000);

/**
 * @typedef {object} Way
 * @property {string} [from] an address of this machine
 * @property {Record<string, string>} [headers]
 * @property {string} [cookie]
 */

/** @typedef {{ status: number, headers: http.IncomingHttpHeaders, body: string }} Answer */

/**
 * @param {string} url
 * @param {Way & { method?: string, body?: string | string[], type?: string }} [how] a body in parts has no length, and
 *   goes out part by part
 * @returns {Promise<Answer>}
 */
export async function ask(url, { from, headers = {}, cookie, method = 'GET', body, type } = {}) {
  const parts = typeof body === 'object' ? body : [];
  const whole = typeof body === 'string' ? body : undefined;
  const request = begin(url, method, from, {
    ...headers,
    ...(cookie ? { cookie } : {}),
    ...(type ? { 'content-type': type } : {}),
    ...(whole === undefined ? {} : { 'content-length': String(Buffer.byteLength(whole)) }),
  });
  const answer = answerTo(request);
  for (const part of parts) await new Promise((sent) => request.write(part, sent));
  request.end(whole);
  return answer;
}

/**
 * @param {string} address
 * @param {string} method
 * @param {string | undefined} from
 * @param {Record<string, string>} headers
 */
export function begin(address, method, from, headers) {
  const url = new URL(address);
  const to = { host: '127.0.0.1', port: url.port, path: url.pathname + url.search, method, agent: false };
  const options = { ...to, ...(from ? { localAddress: from } : {}), headers: { host: url.host, ...headers } };
  // The certificate is the test's own.
  if (url.protocol === 'https:') return https.request({ ...options, servername: url.hostname, rejectUnauthorized: false });
  return http.request(options);
}

/**
 * @param {http.ClientRequest} request
 * @returns {Promise<Answer>}
 */
async function answerTo(request) {
  const [answer] = await once(request, 'response', { signal: AbortSignal.timeout(PATIENCE) });
  let body = '';
  answer.setEncoding('utf8');
  for await (const part of answer) body += part;
  return { status: answer.statusCode, headers: answer.headers, body };
}

/**
 * Takes a name at `base`, and gives the answer and the cookie.
 *
 * @param {string} base the page's address, with its slash
 * @param {string} name
 * @param {Way} [way]
 */
export async function takeName(base, name, way = {}) {
  const body = new URLSearchParams({ name }).toString();
  return takeNameBy(body, base, way);
}

/**
 * @param {string | string[]} body
 * @param {string} base
 * @param {Way} way
 */
export async function takeNameBy(body, base, way = {}) {
  const answer = await ask(`${base}session`, { ...way, method: 'POST', body, type: 'application/x-www-form-urlencoded' });
  return { ...answer, cookie: (answer.headers['set-cookie'] ?? []).map((set) => set.split(';')[0]).join('; ') };
}

/**
 * Tries to open a socket, in the plain dialect: a text frame is what is said.
 *
 * @param {string} base
 * @param {string} cookie
 * @param {Way} [way]
 * @returns {Promise<Guest | Answer>}
 */
export async function tryOpen(base, cookie, { from, headers = {} } = {}) {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const key = { 'sec-websocket-key': randomBytes(16).toString('base64') };
  const all = { ...upgrade, ...key, ...headers, cookie: [cookie, headers['cookie']].filter(Boolean).join('; ') };
  const request = begin(`${base}ws`, 'GET', from, all);
  request.end();
  const refused = answerTo(request);
  const opened = once(request, 'upgrade', { signal: AbortSignal.timeout(PATIENCE) });
  // Whichever comes second comes to nothing.
  refused.catch(() => {});
  opened.catch(() => {});
  const first = await Promise.race([refused, opened]);
  if (!Array.isArray(first)) return first;
  const [{ headers: agreed }, socket, early] = first;
  return new Guest(socket, early, agreed);
}

/**
 * Comes in under a name.
 *
 * @param {string} base
 * @param {string} name
 * @param {Way} [way]
 */
export async function visit(base, name, way = {}) {
  const { cookie, status, body } = await takeName(base, name, way);
  if (status !== 201) throw new Error(`${name} was answered ${status}: ${body}`);
  const guest = await tryOpen(base, cookie, way);
  if (!(guest instanceof Guest)) throw new Error(`${name}'s handshake was answered ${guest.status}: ${guest.body}`);
  return guest;
}

export class Guest {
  #socket;
  #unread;
  /** @type {string[]} */
  #texts = [];
  /** Pings of the server, each of which was answered. */
  pings = 0;
  /** Whether the connection has ended, in whatever way. */
  ended = false;

  /**
   * @param {import('node:net').Socket} socket
   * @param {Buffer} early
   * @param {http.IncomingHttpHeaders} agreed
   */
  constructor(socket, early, agreed) {
    /** What the server answered to the handshake. */
    this.agreed = agreed;
    this.#socket = socket;
    this.#unread = early;
    socket.on('data', (part) => {
      this.#unread = Buffer.concat([this.#unread, part]);
      this.#read();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      socket.emit('news');
    });
    this.#read();
  }

  #read() {
    for (;;) {
      const [first = 0, second = 0] = this.#unread;
      const wide = { 126: 2, 127: 8 }[second] ?? 0;
      if (this.#unread.length < 2 + wide) break;
      const length = wide === 0 ? second : this.#unread.readUIntBE(wide === 8 ? 4 : 2, wide === 8 ? 6 : 2);
      const end = 2 + wide + length;
      if (this.#unread.length < end) break;
      this.#heard(first, this.#unread.subarray(2 + wide, end));
      this.#unread = this.#unread.subarray(end);
    }
    this.#socket.emit('news');
  }

  /**
   * @param {number} first
   * @param {Buffer} payload
   */
  #heard(first, payload) {
    if (first === 0x81) this.#texts.push(payload.toString());
    if (first === 0x89) {
      this.pings += 1;
      this.#send(0x8a, payload);
    }
  }

  /**
   * @param {number} first
   * @param {Buffer} payload
   */
  #send(first, payload) {
    if (this.ended) return;
    const { length } = payload;
    const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff];
    // A client must mask what it says; a mask of zeros changes nothing.
    this.#socket.write(Buffer.concat([Buffer.from([first, ...size, 0, 0, 0, 0]), payload]));
  }

  /** @param {string} text at most 65,535 bytes */
  say(text) {
    this.#send(0x81, Buffer.from(text));
  }

  /** @param {() => boolean} is what has happened in the end */
  async until(is) {
    const signal = AbortSignal.timeout(PATIENCE);
    while (!is()) await once(this.#socket, 'news', { signal });
  }

  /**
   * Waits until the room has heard this.
   *
   * @param {string} text without anything that JSON writes in another way
   */
  async hears(text) {
    await this.until(() => this.ended || this.#texts.some((frame) => frame.includes(`"text":"${text}"`)));
    if (this.ended) throw new Error('the connection has ended');
  }

  leave() {
    this.#socket.destroy();
  }
}
