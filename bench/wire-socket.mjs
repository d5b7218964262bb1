/**
 * A socket that counts what it gets and understands little: whole frames, pings, which it answers, and the end of its greeting. Over TLS
 * where the address says `wss:`.
 */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { constants, inflateRawSync } from 'node:zlib';

const TEXT = 1;
const PING = 9;
const PONG = 10;
/** RSV1: this message is deflated. */
const PACKED = 64;
/** What ends every flush and is not sent (RFC 7692, 7.2.1). */
const FLUSHED = Buffer.from([0, 0, 255, 255]);

/**
 * Takes a name and opens a socket, on one connection. Done when the history has come, which is sent last.
 *
 * @param {string} url
 * @param {string} name
 * @param {boolean} offers permessage-deflate
 */
export async function openSocket(url, name, offers) {
  const { protocol, hostname, host, port, pathname } = new URL(url);
  const address = { host: hostname, port: Number(port) };
  const isSecure = protocol === 'wss:';
  const stream = isSecure ? connectTls({ ...address, rejectUnauthorized: false }) : connectTcp(address);
  await once(stream, isSecure ? 'secureConnect' : 'connect');
  stream.setNoDelay(true).on('error', () => {});
  const body = JSON.stringify({ name });
  stream.write(
    `POST /session HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  const { head: signedIn } = await answer(stream);
  const cookie = /^set-cookie: ([^;]*)/im.exec(signedIn)?.[1];
  if (!cookie) throw new Error(`no cookie: ${signedIn}`);
  stream.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: ${cookie}\r\n` +
      `Sec-WebSocket-Protocol: tertulia.v1\r\n` +
      (offers ? 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n' : '\r\n'),
  );
  const { head: upgraded, rest } = await answer(stream);
  if (!upgraded.startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${upgraded}`);
  if (offers !== /^sec-websocket-extensions:/im.test(upgraded)) throw new Error(`another extension: ${upgraded}`);
  const socket = new CountingSocket(stream, rest);
  await socket.greeted();
  return socket;
}

/**
 * @param {import('node:net').Socket} stream
 * @returns {Promise<{ head: string, rest: Buffer }>} the head of an answer, and what came behind its body
 */
async function answer(stream) {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(stream, 'data');
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const head = bytes.toString('latin1', 0, end + 2);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (bytes.length >= end + 4 + length) return { head, rest: bytes.subarray(end + 4 + length) };
  }
}

class CountingSocket {
  /** Of frames, heads included; beneath TLS. */
  bytes = 0;
  greetingBytes = 0;
  #stream;
  #rest = Buffer.alloc(0);
  #isGreeted = false;
  /** @type {(() => void) | null} */
  #heard = null;

  /**
   * @param {import('node:net').Socket} stream
   * @param {Buffer} first that has come already
   */
  constructor(stream, first) {
    this.#stream = stream;
    stream.on('data', (chunk) => this.#take(chunk));
    this.#take(first);
  }

  async greeted() {
    while (!this.#isGreeted) await this.nextText();
  }

  /** @returns {Promise<void>} */
  nextText() {
    return new Promise((resolve) => (this.#heard = resolve));
  }

  /** @param {string} text */
  say(text) {
    this.#write(TEXT, Buffer.from(JSON.stringify({ type: 'say', text })));
  }

  end() {
    this.#stream.destroy();
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      const length = frameLength(bytes);
      if (length === null || bytes.length < length.whole) break;
      this.bytes += length.whole;
      const opcode = /** @type {number} */ (bytes[0]) & 15;
      if (opcode === PING) this.#write(PONG, bytes.subarray(length.head, length.whole));
      if (opcode === TEXT) {
        if (!this.#isGreeted) this.#greet(bytes.subarray(0, length.whole), length.head);
        this.#heard?.();
      }
      bytes = bytes.subarray(length.whole);
    }
    // A copy, or a large chunk would stay for a few bytes.
    this.#rest = Buffer.from(bytes);
  }

  /**
   * The history is the last text of a greeting that matters here.
   *
   * @param {Buffer} frame
   * @param {number} head
   */
  #greet(frame, head) {
    const payload = frame.subarray(head);
    const isPacked = (/** @type {number} */ (frame[0]) & PACKED) !== 0;
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    const text = isPacked ? inflateRawSync(Buffer.concat([payload, FLUSHED]), options) : payload;
    this.#isGreeted = text.subarray(0, 17).equals(Buffer.from('{"type":"history"'));
    this.greetingBytes = this.bytes;
  }

  /**
   * @param {number} opcode
   * @param {Buffer} payload of which the mask is all zeros
   */
  #write(opcode, payload) {
    const mask = Buffer.alloc(4);
    const length = payload.length < 126 ? [128 | payload.length] : [254, payload.length >> 8, payload.length & 255];
    this.#stream.write(Buffer.concat([Buffer.from([128 | opcode, ...length]), mask, payload]));
  }
}

/**
 * @param {Buffer} bytes
 * @returns {{ head: number, whole: number } | null} of the frame at the front, if its head is there
 */
function frameLength(bytes) {
  if (bytes.length < 2) return null;
  const short = /** @type {number} */ (bytes[1]) & 127;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return null;
  const payload = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { head, whole: head + payload };
}
