/**
 * Writes the seeds from which the fuzzers start, fuzz/corpus/TARGET/NAME:  node fuzz/seeds.mjs
 *
 * A fuzzer finds its way from one byte to the next, but hardly a header with its length and its mask, a deflated stream,
 * or a key of JSON. Each seed leads into a part of the code that it would else not reach within a minute; its name says
 * which. What a fuzzer itself finds worth keeping goes to fuzz/found, which is not in the repository.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const FIN = 0x80;
/** The frame begins a deflated message (RFC 7692 section 6). */
const RSV1 = 0x40;
const MASKED = 0x80;

/** @param {string} hex with spaces where they help */
const hex = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/**
 * A client's frame, with the mask of RFC 6455's examples.
 *
 * @param {number} first the first byte: FIN, reserved bits, opcode
 * @param {Uint8Array | string} payload
 */
function frame(first, payload = '') {
  const bytes = Buffer.from(payload);
  const mask = hex('37fa213d');
  const masked = bytes.map((byte, at) => byte ^ mask[at % 4]);
  const length = Buffer.alloc(bytes.length < 126 ? 1 : bytes.length < 65_536 ? 3 : 9);
  if (length.length === 1) length.writeUInt8(MASKED | bytes.length);
  else if (length.length === 3) length.writeUInt16BE(bytes.length, length.writeUInt8(MASKED | 126));
  else length.writeBigUInt64BE(BigInt(bytes.length), length.writeUInt8(MASKED | 127));
  return Buffer.concat([Buffer.of(first), length, mask, masked]);
}

/** As it travels: raw, flushed, and without the four bytes that each flush ends with. */
const deflated = (/** @type {Uint8Array | string} */ text, options = {}) =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH, ...options }).subarray(0, -4);

/** First bytes: most bytes of a message in 16s, most fragments, size of the first piece, by how much each piece grows. */
const decoder = (/** @type {Uint8Array[]} */ ...frames) => Buffer.concat([hex('40 10 03 01'), ...frames]);

/** The same with the limit in 64s, and with what the rest is: 0 frames, 1 the payload of a deflated text, 2 of bytes. */
const deflate = (/** @type {number} */ kind, /** @type {Uint8Array[]} */ ...rest) =>
  Buffer.concat([hex('40 10 03 01'), Buffer.of(kind), ...rest]);

const euro = Buffer.from('€');

/** @type {Record<string, Record<string, Uint8Array | string>>} */
const seeds = {
  decoder: {
    'text': decoder(frame(FIN | TEXT, 'Hello'), frame(FIN | TEXT, '你好'), frame(FIN | TEXT)),
    'binary-of-16-bit-length': decoder(frame(FIN | BINARY, Buffer.alloc(300, 7))),
    'binary-of-64-bit-length': decoder(frame(FIN | BINARY, Buffer.alloc(65_536)).subarray(0, 64)),
    'length-with-its-top-bit': decoder(hex('82 ff ffff ffff ffff ffff 0000 0000')),
    'length-in-more-bytes-than-it-needs': decoder(hex('81 fe 0005 0000 0000 4865 6c6c 6f')),
    'fragments-that-cut-a-character': decoder(frame(TEXT, euro.subarray(0, 1)), frame(0, euro.subarray(1, 2)), frame(FIN, euro.subarray(2))),
    'ping-between-fragments': decoder(frame(TEXT, 'a'), frame(FIN | PING, 'are you there'), frame(FIN, 'b'), frame(FIN | PONG)),
    'text-that-is-no-utf-8': decoder(frame(FIN | TEXT, hex('ceba ed a0 80'))),
    'message-longer-than-the-limit': decoder(frame(BINARY, Buffer.alloc(1000)), frame(FIN, Buffer.alloc(100))),
    'more-fragments-than-the-limit': decoder(...Array.from({ length: 18 }, (_, n) => frame(n ? 0 : TEXT, 'x'))),
    'close-with-a-reason': decoder(frame(FIN | CLOSE, Buffer.concat([hex('03e8'), Buffer.from('bye')])), frame(FIN | TEXT, 'late')),
    'close-with-a-code-that-may-not-travel': decoder(frame(FIN | CLOSE, hex('03ed'))),
    'close-with-half-a-code': decoder(frame(FIN | CLOSE, hex('03'))),
    'ping-too-long': decoder(frame(FIN | PING, Buffer.alloc(126))),
    'ping-in-fragments': decoder(frame(PING, 'a'), frame(FIN, 'b')),
    'continuation-of-nothing': decoder(frame(FIN, 'a')),
    'text-within-a-text': decoder(frame(TEXT, 'a'), frame(FIN | TEXT, 'b')),
    'reserved-bit': decoder(frame(FIN | RSV1 | TEXT, 'a')),
    'reserved-opcode': decoder(frame(FIN | 3, 'a')),
    'without-a-mask': decoder(hex('81 05 4865 6c6c 6f')),
  },
  deflate: {
    // The examples of RFC 7692 section 7.2.3.
    'text': deflate(1, hex('f248 cdc9 c907 00')),
    'block-that-is-stored': deflate(1, hex('0005 00fa ff48 656c 6c6f 00')),
    'two-blocks': deflate(1, hex('f248 0500 0000 ffff cac9 c907 00')),
    'final-block': deflate(1, hex('f348 cdc9 c907 0000')),
    'context-of-the-message-before': deflate(0, frame(FIN | RSV1 | TEXT, hex('f248 cdc9 c907 00')), frame(FIN | RSV1 | TEXT, hex('f200 1100 00'))),
    'dynamic-codes': deflate(1, deflated('The quick brown fox jumps over the lazy dog, and over the lazy fox. '.repeat(6), { level: 9 })),
    'fixed-codes': deflate(1, deflated('abcabcabcabd', { strategy: constants.Z_FIXED })),
    'bomb': deflate(2, deflated(Buffer.alloc(100_000))),
    'text-that-is-no-utf-8': deflate(1, deflated(hex('ceba ed a0 80'))),
    'distance-before-the-beginning': deflate(1, deflated('Hello', { dictionary: Buffer.from('Hello') })),
    'nothing': deflate(1, hex('00')),
    'fragments-with-a-ping': deflate(0, frame(RSV1 | TEXT, hex('f248 cd')), frame(FIN | PING, 'p'), frame(FIN, hex('c9c9 0700'))),
    'deflated-and-plain': deflate(0, frame(FIN | RSV1 | TEXT, deflated('one')), frame(FIN | TEXT, 'two'), frame(FIN | RSV1 | BINARY, deflated('three'))),
    'deflated-ping': deflate(0, frame(FIN | RSV1 | PING, 'p')),
    'reserved-bit-of-a-fragment': deflate(0, frame(RSV1 | TEXT, hex('f248')), frame(FIN | RSV1, hex('cdc9 c907 00'))),
  },
  // The first line is the header, the others are the list.
  origin: {
    'https': 'https://chat.example.org\nhttps://chat.example.org\nhttps://*.example.org',
    'case-port-and-slash': 'HTTPS://Chat.Example.ORG:443/\nhttps://chat.example.org',
    'any-port': 'http://localhost:5173\nhttp://localhost:*',
    'ipv4': 'http://127.0.0.1:8080\nhttp://127.0.0.1:8080\nhttp://0x7f.1:8080',
    'ipv6': 'http://[0:0::1]:8080\nhttp://[::1]:*\nhttp://[::ffff:127.0.0.1]',
    'punycode': 'https://a.xn--bcher-kva.example\nhttps://*.bücher.example\nhttps://BÜCHER.example',
    'null': 'null\nnull\n*',
    'anything': 'https://anything.test:1\n*',
    'path-user-and-socket': 'https://ada:secret@chat.example.org/app?a#b\nwss://chat.example.org\nhttps://chat.example.org/app',
    'wildcard-out-of-place': 'https://a.org\nhttps://a.*.org\nhttps://*a.org\nhttp*://a.org',
    'dots': 'https://a.example.org.\nhttps://.example.org\nhttps://a..org',
    'no-default-port': 'chrome-extension://abcdefghijklmnop\nchrome-extension://abcdefghijklmnop\napp://localhost',
    'port-out-of-range': 'https://a.org:65536\nhttps://a.org:0\nhttps://a.org:',
  },
  command: {
    'say': '{"type":"say","text":"Hello"}',
    'say-with-id-and-ref': '{"type":"say","text":"你好 \\ud83d\\ude00","id":"k-1","ref":"7"}',
    'history': '{"type":"history","before":12,"limit":100}',
    'history-out-of-range': '{"type":"history","before":0,"limit":101}',
    'typing': '{"type":"typing"}',
    'away': '{"type":"away","away":true}',
    'user-list': ' {"type":"user-list"} ',
    'server-time': '{"unknown":[1,2.5e3,null,{"a":"b"}],"type":"server-time"}',
    'lab-watch': '{"type":"lab","do":"watch","after":18446744073709551615}',
    'lab-feed': '{"type":"lab","do":"feed","bytes":"8105"}',
    'lab-without-more': '{"type":"lab","do":"unwatch"}\n{"type":"lab","do":"vanish"}',
    'type-last': '{"text":"a","ref":null,"type":"say"}',
    'type-twice': '{"type":"say","type":"typing","text":"a"}',
    'escaped-key': '{"\\u0074ype":"say","text":"\\ud800"}',
    'array': '["say","hello",null,null]',
    'deep': `{"type":"typing","a":${'['.repeat(130)}${']'.repeat(130)}}`,
  },
  // The first byte says what the rest is: a text to be framed, a wire image, what a client has packed, a path.
  sockjs: {
    'text-to-be-framed': '\0</script>\u2028"\\',
    'wire': Buffer.concat([Buffer.of(1), hex('8105 4865 6c6c 6f'), hex('8900'), hex('8102 6869'), hex('8804 03e8 4f4b')]),
    'wire-that-is-cut': Buffer.concat([Buffer.of(1), hex('817e 0100 4865')]),
    'packed-list': '\x02["Hello","\\ud83d\\ude00","\\ud800"]',
    'packed-text': '\x02"Hello"',
    'packed-badly': '\x02["a",1]',
    'path-of-a-session': '\x03/000/abcd1234/xhr_streaming',
    'path-of-the-page': '\x03/iframe-1.6.1.html',
    'callback': '\x03_jp.a1',
  },
};

for (const [target, contents] of Object.entries(seeds)) {
  const folder = path.join(import.meta.dirname, 'corpus', target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(contents)) writeFileSync(path.join(folder, name), content);
}
