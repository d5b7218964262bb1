/**
 * All text of the page, in both languages. Text with a number or a name in it is a function; the view asks for it by
 * key and never builds a sentence of its own.
 *
 * @import { Cause, DropReason, ErrorCode, Language, Notice, Refusal } from './types.d.ts'
 */

import * as lab from './words/lab.js';
import * as reading from './words/reading.js';
import * as writing from './words/writing.js';

const en = {
  'app-name': 'tertulia',
  tagline: 'A room, a name, and something to say.',

  'name-label': 'Your name here',
  'name-hint': 'Everybody in the room sees it. Up to 32 characters.',
  enter: 'Come in',
  entering: 'Coming in…',
  'language-label': 'Read this in Chinese',

  'room-name': 'The common room',
  'room-label': 'Conversation',
  'log-label': 'What is being said',
  'people-heading': 'Here now',
  'people-open': 'Show who is here',
  'people-close': 'Close',
  'people-more': /** @param {{ count: number }} _ */ ({ count }) => `and ${count} more`,
  'people-count': /** @param {{ count: number }} _ */ ({ count }) => (count === 1 ? '1 person here' : `${count} people here`),
  you: 'you',
  leave: 'Leave',
  'clock-caption': 'Server time',
  'clock-label': /** @param {{ time: string }} _ */ ({ time }) => `Server time: ${time}`,

  'text-label': 'What you want to say',
  'text-placeholder': 'Say something…',
  send: 'Send',
  'send-hint': 'Enter sends, Shift + Enter starts a new line',
  'not-connected': 'Not connected. What you send now waits here, and goes out when you are back.',
  'text-bytes': /** @param {{ bytes: number, limit: number }} _ */ ({ bytes, limit }) => `${bytes} of ${limit} bytes`,
  'text-too-long': /** @param {{ over: number }} _ */ ({ over }) =>
    `Too long by ${over === 1 ? 'one byte' : `${over} bytes`}. Shorten it, or send it in parts.`,

  'empty-heading': 'Nothing to read here yet',
  'empty-text': 'Say hello. Whoever is here will see it at once.',
  'new-lines': /** @param {{ count: number }} _ */ ({ count }) => (count === 1 ? '1 new line' : `${count} new lines`),
  'said-by-you': 'You',

  'came-online': /** @param {{ name: string }} _ */ ({ name }) => `${name} came in`,
  'went-offline': /** @param {{ name: string }} _ */ ({ name }) => `${name} left`,
  'dropped-connection-lost': /** @param {{ name: string }} _ */ ({ name }) => `${name} dropped out: the connection broke`,
  'dropped-heartbeat-timeout': /** @param {{ name: string }} _ */ ({ name }) => `${name} dropped out: no sign of life`,
  'dropped-slow-consumer': /** @param {{ name: string }} _ */ ({ name }) =>
    `${name} dropped out: the connection was too slow`,
  'dropped-refused': /** @param {{ name: string }} _ */ ({ name }) => `${name} was put out by the server`,
  'dropped-server-error': /** @param {{ name: string }} _ */ ({ name }) => `${name} dropped out: the server failed`,

  'gap-restarted': 'The server restarted; what was said meanwhile may be missing.',
  'gap-missed': /** @param {{ count: number }} _ */ ({ count }) =>
    `${count === 1 ? 'One line' : `${count} lines`} said while you were away cannot be had any more.`,
  'gap-unknown': 'Some lines said while you were away cannot be had any more.',

  'pending-waiting': 'Waits for the connection…',
  'pending-sent': 'On its way…',
  'pending-acked': 'Arrived',
  'pending-unsure': 'The server restarted before this came back. It may not have arrived.',
  'pending-again': 'Say it again',
  'pending-edit': 'Back to the box',
  'pending-forget': 'Forget it',

  'way-label': 'Connection',
  'way-websocket': 'WebSocket',
  'way-xhr-streaming': 'HTTP streaming, since WebSocket does not come through',
  'way-eventsource': 'Server-sent events, since WebSocket does not come through',
  'way-xhr-polling': 'HTTP polling, since WebSocket does not come through',
  'way-short': 'over HTTP',

  'retry-now': 'Retry now',
  trying: 'Trying again…',
  'trying-in': /** @param {{ seconds: number }} _ */ ({ seconds }) => `Trying again in ${seconds} s`,
  'cause-never': 'The page has come, but its live connection does not come through. Who runs this server behind a proxy finds the remedy in docs/proxies.md.',
  'cause-no-upgrade': /** @param {{ missing: string }} _ */ ({ missing }) =>
    `The page has come, but a proxy in front of the server does not pass WebSockets on. Missing on arrival: ${missing}. Whoever runs it finds the lines to add in docs/proxies.md, and in the server’s log.`,
  'cause-lost': 'The connection is lost.',
  'cause-restarting': 'The server is restarting.',
  'cause-too-slow': 'Your connection was too slow.',
  'cause-too-fast': 'That was too much at once, so the server hung up.',
  'cause-too-many-sockets': 'You have this chat open in too many tabs. Close one, then retry.',
  'cause-refused': 'The server hung up.',

  'notice-left': 'You have left. See you soon.',
  'notice-session-ended': 'You are signed out. Choose a name to come back.',
  'notice-kicked': 'You were put out of the room.',
  'notice-name-taken': 'Somebody else took your name meanwhile. Choose another one.',

  'error-unknown-command': 'The server did not understand this.',
  'error-empty-text': 'There is nothing to read in this.',
  'error-control-character': 'This has control characters in it. Leave them out.',
  'error-text-too-long': 'This is too long. Say it in several parts.',
  'error-too-fast': 'Too much at once: this was not delivered.',
  'error-name-taken': 'Somebody else took your name: this was not delivered.',
  'error-too-many-sockets': 'Too many tabs: this was not delivered.',
  'error-id-reused': 'This could not be told from an earlier line. Say it again.',
  'error-bad-id': 'The server did not understand this. Say it again.',
  'error-kicked': 'You were put out of the room: this was not delivered.',

  'refusal-name-taken': 'Somebody here has that name, or one that looks like it. Choose another.',
  'refusal-name': 'This name will not do: use 1 to 32 visible characters.',
  'refusal-too-many': 'Too many attempts. Wait a moment, then try again.',
  'refusal-forbidden': 'The server does not admit this page.',
  'refusal-banned': 'This place is kept out of the chat for now.',
  'refusal-unreachable': 'The server does not answer. Try again.',
  'refusal-other': 'That did not work. Try again.',

  ...reading.en,
  ...writing.en,
  ...lab.en,
};

/** @type {typeof en} */
const zh = {
  'app-name': 'tertulia',
  tagline: '一间屋子，一个名字，几句闲话。',

  'name-label': '你的名字',
  'name-hint': '屋里的人都能看到，最多 32 个字符。',
  enter: '进屋',
  entering: '正在进屋……',
  'language-label': '切换到英文',

  'room-name': '公共聊天室',
  'room-label': '聊天',
  'log-label': '聊天内容',
  'people-heading': '在场的人',
  'people-open': '查看谁在场',
  'people-close': '关闭',
  'people-more': ({ count }) => `还有 ${count} 人`,
  'people-count': ({ count }) => `${count} 人在场`,
  you: '你',
  leave: '离开',
  'clock-caption': '服务器时间',
  'clock-label': ({ time }) => `服务器时间：${time}`,

  'text-label': '你想说的话',
  'text-placeholder': '说点什么……',
  send: '发送',
  'send-hint': 'Enter 发送，Shift + Enter 换行',
  'not-connected': '连接已断开。现在发送的内容会先留在这里，恢复连接后自动发出。',
  'text-bytes': ({ bytes, limit }) => `${bytes} / ${limit} 字节`,
  'text-too-long': ({ over }) => `超出 ${over} 字节，请缩短或分几次发送。`,

  'empty-heading': '这里还没有人说话',
  'empty-text': '打个招呼吧，在场的人马上就能看到。',
  'new-lines': ({ count }) => `${count} 条新消息`,
  'said-by-you': '你',

  'came-online': ({ name }) => `${name} 来了`,
  'went-offline': ({ name }) => `${name} 离开了`,
  'dropped-connection-lost': ({ name }) => `${name} 掉线了：连接中断`,
  'dropped-heartbeat-timeout': ({ name }) => `${name} 掉线了：长时间没有响应`,
  'dropped-slow-consumer': ({ name }) => `${name} 掉线了：网络太慢`,
  'dropped-refused': ({ name }) => `${name} 被服务器断开了`,
  'dropped-server-error': ({ name }) => `${name} 掉线了：服务器出错`,

  'gap-restarted': '服务器重启过，期间的消息可能缺失。',
  'gap-missed': ({ count }) => `你不在时的 ${count} 条消息已无法取得。`,
  'gap-unknown': '你不在时的部分消息已无法取得。',

  'pending-waiting': '等待连接……',
  'pending-sent': '正在发送……',
  'pending-acked': '已送达',
  'pending-unsure': '服务器在确认之前重启，这条消息可能没有送到。',
  'pending-again': '再发一次',
  'pending-edit': '放回输入框',
  'pending-forget': '不要了',

  'way-label': '连接方式',
  'way-websocket': 'WebSocket',
  'way-xhr-streaming': 'HTTP 流（WebSocket 无法连通）',
  'way-eventsource': '服务器推送事件（WebSocket 无法连通）',
  'way-xhr-polling': 'HTTP 轮询（WebSocket 无法连通）',
  'way-short': '经由 HTTP',

  'retry-now': '立即重试',
  trying: '正在重新连接……',
  'trying-in': ({ seconds }) => `${seconds} 秒后重新连接`,
  'cause-never': '页面已打开，但实时连接没有建立。如果服务器在代理之后，请参阅 docs/proxies.md。',
  'cause-no-upgrade': ({ missing }) =>
    `页面已打开，但服务器前面的代理没有放行 WebSocket。到达服务器时缺少：${missing}。需要补上的配置见 docs/proxies.md 和服务器日志。`,
  'cause-lost': '连接已断开。',
  'cause-restarting': '服务器正在重启。',
  'cause-too-slow': '你的网络太慢，连接被断开。',
  'cause-too-fast': '一次发得太多，服务器断开了连接。',
  'cause-too-many-sockets': '你打开的标签页太多了。请关闭一个再重试。',
  'cause-refused': '服务器断开了连接。',

  'notice-left': '你已离开，下次再见。',
  'notice-session-ended': '你已退出。取个名字就可以回来。',
  'notice-kicked': '你被请出了聊天室。',
  'notice-name-taken': '你的名字已被别人使用，请换一个。',

  'error-unknown-command': '服务器无法识别这条消息。',
  'error-empty-text': '这条消息没有可读的内容。',
  'error-control-character': '这条消息里有控制字符，请去掉后再发。',
  'error-text-too-long': '这条消息太长，请分成几条发送。',
  'error-too-fast': '一次发得太多，这条消息没有送达。',
  'error-name-taken': '你的名字已被别人使用，这条消息没有送达。',
  'error-too-many-sockets': '标签页太多，这条消息没有送达。',
  'error-id-reused': '这条消息与之前的一条无法区分，请再发一次。',
  'error-bad-id': '服务器无法识别这条消息，请再发一次。',
  'error-kicked': '你被请出了聊天室，这条消息没有送达。',

  'refusal-name-taken': '在场的人里已有相同或相似的名字，请换一个。',
  'refusal-name': '这个名字不能用：请用 1 到 32 个可见字符。',
  'refusal-too-many': '尝试次数太多，请稍后再试。',
  'refusal-forbidden': '服务器不接受来自这个页面的访问。',
  'refusal-banned': '你所在的网络目前不能进入这个聊天室。',
  'refusal-unreachable': '服务器没有响应，请重试。',
  'refusal-other': '没有成功，请重试。',

  ...reading.zh,
  ...writing.zh,
  ...lab.zh,
};

/** @typedef {typeof en} Words */

/** @type {Record<Language, Words>} */
export const WORDS = { en, zh };

/** What the switch to the other language says, in that language. */
export const OTHER = {
  en: { language: /** @type {const} */ ('zh'), name: '中文' },
  zh: { language: /** @type {const} */ ('en'), name: 'English' },
};

/**
 * The language that a tag such as `zh-Hant-TW` asks for. English, if it is none of ours.
 *
 * @param {string} tag
 * @returns {Language}
 */
export function languageOf(tag) {
  return /^zh\b/i.test(tag) ? 'zh' : 'en';
}

/**
 * Text that stands in the page under `data-word="key"`.
 *
 * @param {Language} language
 * @param {string} key
 */
export function plainWord(language, key) {
  const words = /** @type {Record<string, unknown>} */ (WORDS[language]);
  const word = Object.hasOwn(words, key) ? words[key] : undefined;
  if (typeof word !== 'string') throw new Error(`no plain word is called ${key}`);
  return word;
}

/**
 * Why a name was refused. The server's sentence is more precise than ours, but speaks only English.
 *
 * @param {Language} language
 * @param {Refusal} refusal
 */
export function refusalSentence(language, { status, code, message }) {
  const words = WORDS[language];
  if (code === 'name-taken') return words['refusal-name-taken'];
  if (status === 0) return words['refusal-unreachable'];
  if (status === 429) return words['refusal-too-many'];
  // What an operator wrote is in whatever language they speak.
  if (code === 'banned') return language === 'en' && message ? capitalised(message) : words['refusal-banned'];
  if (language === 'en' && message) return capitalised(message);
  if (status === 400 || status === 422) return words['refusal-name'];
  if (status === 403) return words['refusal-forbidden'];
  return words['refusal-other'];
}

/**
 * A sentence of the server, as the page writes them: a capital and a stop.
 *
 * @param {string} message
 */
function capitalised(message) {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/**
 * @param {Language} language
 * @param {Notice} notice
 */
export function noticeSentence(language, notice) {
  return WORDS[language][/** @type {const} */ (`notice-${notice}`)];
}

/**
 * @param {Language} language
 * @param {Cause} cause
 * @param {readonly string[]} missing what a proxy took from the handshake
 */
export function causeSentence(language, cause, missing) {
  if (cause === 'no-upgrade') {
    return WORDS[language]['cause-no-upgrade']({ missing: missing.join(language === 'zh' ? '、' : ', ') });
  }
  return WORDS[language][/** @type {const} */ (`cause-${cause}`)];
}

/**
 * @param {Language} language
 * @param {ErrorCode | null} code a code of a newer server may be missing here
 */
export function errorSentence(language, code) {
  const words = WORDS[language];
  return (code && words[/** @type {const} */ (`error-${code}`)]) ?? words['error-unknown-command'];
}

/**
 * @param {Language} language
 * @param {DropReason} reason a reason of a newer server may be missing here
 * @param {string} name
 */
export function droppedSentence(language, reason, name) {
  const words = WORDS[language];
  return (words[/** @type {const} */ (`dropped-${reason}`)] ?? words['dropped-connection-lost'])({ name });
}
