/** What the server saw, in sentences. They are filled with the server's own frames: see docs/lab.md. */

/** @typedef {import('../types.d.ts').Told} Told */

/** @param {Told} told */
const loss = ({ loss }) => (loss === null ? 'offline' : `dropped (${loss})`);
/** @param {Told} told */
const wouldBe = ({ would_be: would, reason }) => (reason ? `${would} (${reason})` : String(would));
/** @param {Told} told */
const quoted = ({ code, reason }) => (reason ? `${code} “${reason}”` : String(code));
/** @param {Told} told the interceptor that said no */
const refuser = ({ asked }) => (Array.isArray(asked) ? asked.findLast((/** @type {any} */ one) => one?.verdict === 'refused') : undefined);
/** @param {unknown} list */
const joined = (list) => (Array.isArray(list) && list.length > 0 ? list.join(', ') : '–');
/** @param {unknown} ms */
const seconds = (ms) => (Number(ms) / 1000).toFixed(1);

/** @param {unknown} count */
const socketsOf = (count) => (Number(count) === 1 ? 'one socket' : `${Number(count)} sockets`);

export const en = {
  'report-unwatched': 'The server tells no more.',
  'report-handshake': /** @param {Told} _ */ ({ request, answer, remote }) => `Handshake from ${remote ?? '–'}: ${request?.line}. Answer: ${answer?.line}`,
  'report-interceptor': /** @param {Told} _ */ ({ name, verdict, got }) => `Interceptor ${name}: ${verdict} (${got ?? 'nothing came'})`,
  'report-joined-first': 'Registry: this is your first socket, you are online.',
  'report-joined': /** @param {Told} _ */ ({ sockets }) => `Registry: you have ${socketsOf(sockets)} now. Others are told nothing.`,
  'report-returned': /** @param {Told} _ */ ({ after }) => `Registry: back after ${seconds(after)} s, within the grace. Nobody was told anything.`,
  'report-left': /** @param {Told} _ */ ({ sockets, ending, code }) =>
    `Registry: a socket of yours is gone (${ending}, ${code}). You are still here with ${socketsOf(sockets)}, so nobody is told.`,
  'report-grace': /** @param {Told} told */ (told) =>
    `Registry: your last socket is gone. In ${seconds(told.ms)} s the others are told ${wouldBe(told)}, unless you return.`,
  'report-told-online': /** @param {Told} _ */ ({ sockets }) => `The others were told online (${socketsOf(sockets)} in all).`,
  'report-told-offline': /** @param {Told} _ */ ({ sockets }) => `The others were told offline (${socketsOf(sockets)}): the end was in good order.`,
  'report-told-dropped': /** @param {Told} _ */ ({ sockets, frame }) =>
    `The others were told dropped, ${frame?.reason} (${socketsOf(sockets)}): no good end had been seen.`,
  'report-turned-away': /** @param {Told} told */ (told) => `Registry: this socket may not stay, ${quoted(told)}.`,
  'report-frame-in': /** @param {Told} _ */ ({ name, opcode, bytes, life, skipped }) =>
    `Decoder: ${name} (0x${Number(opcode).toString(16)}), ${bytes} B${life ? '' : '. No sign of life: deafened'}${skipped ? `. ${skipped} before it are not told` : ''}`,
  'report-look': /** @param {Told} _ */ ({ verdict, silent }) => `Sweeper: silent for ${seconds(silent)} s, verdict ${verdict}`,
  'report-ping': /** @param {Told} _ */ ({ silent }) => `Ping sent, after ${seconds(silent)} s of silence`,
  'report-pong': /** @param {Told} _ */ ({ micros }) => (micros === null ? 'A pong that nobody asked for' : `Pong came back after ${(Number(micros) / 1000).toFixed(1)} ms`),
  'report-queue': /** @param {Told} _ */ ({ bytes }) => `Outbox: ${bytes} B wait`,
  'report-decoder': /** @param {Told} _ */ ({ rule, section, code }) => `Decoder: a rule is broken, “${rule}” (RFC 6455, ${section}). ${code} follows.`,
  'report-command': /** @param {Told} _ */ ({ do: what, evicts_in: end }) => `The server carries out your wish: ${what}${end ? `. It would give up in ${seconds(end)} s` : ''}`,
  'report-evicted': /** @param {Told} _ */ ({ why, silent, queued }) => `Sweeper: evicted, ${why} (silent for ${seconds(silent)} s, ${queued} B waiting)`,
  'report-ended': /** @param {Told} told */ (told) => `The socket ended: ${told.ending}, ${quoted(told)}, by the ${told.by}. Alone, it would be told as ${loss(told)}.`,
  'report-refused': /** @param {Told} told */ (told) => {
    const one = refuser(told);
    const why = one ? ` Interceptor ${one.name}: got ${one.got ?? 'nothing'}, wanted ${joined(one.wanted)}.${one.admit ? ` It would be admitted by ${one.admit}` : ''}` : '';
    return `A handshake was refused: ${told.status} ${told.code}.${why}`;
  },
};

/** @type {typeof en} */
export const zh = {
  'report-unwatched': '服务器不再报告。',
  'report-handshake': ({ request, answer, remote }) => `来自 ${remote ?? '–'} 的握手：${request?.line}。回应：${answer?.line}`,
  'report-interceptor': ({ name, verdict, got }) => `拦截器 ${name}：${verdict === 'admitted' ? '放行' : '拒绝'}（${got ?? '什么也没有来'}）`,
  'report-joined-first': '登记处：这是你的第一个连接，你上线了（online）。',
  'report-joined': ({ sockets }) => `登记处：你现在有 ${sockets} 个连接。其他人不会得到通知。`,
  'report-returned': ({ after }) => `登记处：${seconds(after)} 秒后回来了，还在宽限期内。谁也没有被通知。`,
  'report-left': ({ sockets, ending, code }) => `登记处：你的一个连接没了（${ending}，${code}）。你还有 ${sockets} 个连接，所以谁也不会被通知。`,
  'report-grace': (told) => `登记处：你的最后一个连接没了。${seconds(told.ms)} 秒后会告诉其他人 ${wouldBe(told)}，除非你回来。`,
  'report-told-online': ({ sockets }) => `其他人被告知 online（共 ${sockets} 个连接）。`,
  'report-told-offline': ({ sockets }) => `其他人被告知 offline（${sockets} 个连接）：结束得正常。`,
  'report-told-dropped': ({ sockets, frame }) => `其他人被告知 dropped，${frame?.reason}（${sockets} 个连接）：没有见到正常的结束。`,
  'report-turned-away': (told) => `登记处：这个连接不能留下，${quoted(told)}。`,
  'report-frame-in': ({ name, opcode, bytes, life, skipped }) =>
    `解码器：${name}（0x${Number(opcode).toString(16)}），${bytes} B${life ? '' : '。不算动静：已装聋'}${skipped ? `。之前有 ${skipped} 个没有报告` : ''}`,
  'report-look': ({ verdict, silent }) => `巡查：已沉默 ${seconds(silent)} 秒，结论 ${verdict}`,
  'report-ping': ({ silent }) => `沉默 ${seconds(silent)} 秒后发出 ping`,
  'report-pong': ({ micros }) => (micros === null ? '一个没人要的 pong' : `pong 在 ${(Number(micros) / 1000).toFixed(1)} 毫秒后回来`),
  'report-queue': ({ bytes }) => `发件箱：${bytes} B 在等`,
  'report-decoder': ({ rule, section, code }) => `解码器：违反了规矩“${rule}”（RFC 6455 ${section}），随后是 ${code}。`,
  'report-command': ({ do: what, evicts_in: end }) => `服务器照你的要求做：${what}${end ? `。${seconds(end)} 秒后它会放弃` : ''}`,
  'report-evicted': ({ why, silent, queued }) => `巡查：请出，${why}（沉默了 ${seconds(silent)} 秒，${queued} B 在等）`,
  'report-ended': (told) => `连接结束：${told.ending}，${quoted(told)}，由 ${told.by} 结束。如果只有它一个，会被告知为 ${loss(told)}。`,
  'report-refused': (told) => {
    const one = refuser(told);
    const why = one ? `拦截器 ${one.name}：来的是 ${one.got ?? '什么也没有'}，要的是 ${joined(one.wanted)}。${one.admit ? `用 ${one.admit} 可以放行` : ''}` : '';
    return `一次握手被拒绝：${told.status} ${told.code}。${why}`;
  },
};
