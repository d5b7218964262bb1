/**
 * The experiments. Pure: which there are, what each needs, and how what was seen after one is told. Who does them is
 * trials-view.js.
 *
 * @import { Happening, Line, Model, Rule, Run, Trial, TrialName } from './types.d.ts'
 */

import { reportSentence } from './reports.js';

/** The most lines told of one experiment. */
export const LINES = 14;

/** @type {readonly Trial[]} */
export const TRIALS = [
  { name: 'close', group: 'endings', ends: true, sources: ['src/transport/websocket/farewell.rs', 'src/close_status.rs'] },
  { name: 'vanish', group: 'endings', ends: true, sources: ['src/transport/websocket/endpoint.rs', 'src/registry/presence/mod.rs'] },
  { name: 'deaf', group: 'endings', ends: true, sources: ['src/delivery/sweeper.rs'] },
  { name: 'text', group: 'rules', ends: false, sources: ['src/handler/chat.rs'] },
  { name: 'json', group: 'rules', ends: false, sources: ['src/handler/chat.rs', 'src/message.rs'] },
  { name: 'binary', group: 'rules', ends: true, sources: ['src/handler/chat.rs'] },
  { name: 'long', group: 'rules', ends: true, sources: ['src/transport/websocket/protocol/mod.rs'] },
  { name: 'flood', group: 'rules', ends: true, sources: ['src/transport/websocket/connection.rs'] },
  { name: 'feed', group: 'rules', ends: true, sources: ['src/transport/websocket/protocol/mod.rs'] },
  { name: 'tab', group: 'others', ends: false, sources: ['src/registry/presence/mod.rs'] },
  { name: 'origin', group: 'others', ends: false, sources: ['src/interceptor/origin.rs'] },
];

/** `--presence-grace` where nobody changed it, in milliseconds. */
const USUAL_GRACE = 3000;
/** So many seconds' worth of frames may come at once: see "Limits" in docs/protocol.md. */
const BURST_SECONDS = 10;

/**
 * How many small frames are a flood here; `null` where there is no limit to break.
 *
 * @param {Model} model
 */
export function floodSize({ auth }) {
  const frames = auth?.limits.frames ?? 0;
  return frames > 0 ? Math.ceil(frames * BURST_SECONDS * 1.1) + 10 : null;
}

/**
 * The bytes of a frame that is one too long for a command; `null` where there is no limit to break.
 *
 * @param {Model} model
 */
export function overlongSize({ auth }) {
  const text = auth?.limits.text ?? 0;
  return text > 0 ? 3 * text + 1024 + 1 : null;
}

/**
 * @param {TrialName} name
 * @param {number} socket the one that it is done to
 * @param {number} at milliseconds since 1970
 * @param {boolean} staysAway
 * @returns {Run}
 */
export function begin(name, socket, at, staysAway) {
  return { name, socket, at, staysAway, lines: [], hasEnded: false, evictsAt: null, isOver: false };
}

/**
 * The run after `happening`.
 *
 * @param {Run} run
 * @param {Happening} happening
 * @returns {Run}
 */
export function follow(run, happening) {
  if (run.isOver) return run;
  const line = lineOf(run, happening);
  const hasEnded = run.hasEnded || (happening.kind === 'state' && happening.state === 'CLOSED' && happening.socket === run.socket);
  const lines = line ? withLine(run.lines, line) : run.lines;
  const evictsAt = evictionIn(happening) ?? run.evictsAt;
  return { ...run, lines, hasEnded, evictsAt, isOver: isOver({ ...run, lines }, happening) || lines.length >= LINES };
}

/**
 * When the server would give up on a socket that it does not listen to any more.
 *
 * @param {Happening} happening
 */
function evictionIn(happening) {
  if (happening.kind !== 'report' || happening.report.kind !== 'command') return null;
  const { at, told } = happening.report;
  return typeof told.evicts_in === 'number' ? at + told.evicts_in : null;
}

/**
 * A flood is one line with a number, not a thousand lines.
 *
 * @param {readonly Line[]} lines
 * @param {Line} line
 * @returns {readonly Line[]}
 */
function withLine(lines, line) {
  const last = lines.at(-1);
  const isSame = last !== undefined && !line.report && last.word === line.word && last.text === line.text && last.code === line.code;
  if (!isSame) return [...lines, line];
  return [...lines.slice(0, -1), { ...last, times: (last.times ?? 1) + 1 }];
}

/**
 * The bytes that break each rule, as the wire would bring them, in hexadecimal. Where a mask is due it is four zeros, so that
 * the payload can be read.
 *
 * @type {Readonly<Record<Rule, string>>}
 */
export const FEEDS = {
  unmasked: '81026869',
  // RSV2: the first of the three has a meaning where compression was agreed on.
  'reserved-bit': 'a18000000000',
  'reserved-opcode': '838000000000',
  'bad-utf8': '818100000000ff',
  'fragmented-ping': '098000000000',
  'short-close': '88810000000003',
  'long-length': '81fe0002000000006869',
};

export const RULES = /** @type {[Rule, ...Rule[]]} */ (Object.keys(FEEDS));

/** Frames of the server that answer one of these experiments. */
const ANSWERS = new Set(['error', 'server-time']);

/**
 * What is told of `happening`, if anything.
 *
 * @param {Run} run
 * @param {Happening} happening
 * @returns {Line | null}
 */
function lineOf(run, happening) {
  if (happening.kind === 'act') return null;
  if (happening.kind === 'knock') return { word: happening.isOpen ? 'saw-admitted' : 'saw-failed' };
  if (happening.kind === 'report') return TOLD.has(happening.report.kind) ? { word: 'saw-server', report: happening.report } : null;
  if (happening.kind === 'state') return lineOfState(run, happening);
  const { direction, type, size, json, socket } = happening.frame;
  if (socket !== run.socket || type === 'lab') return null;
  if (direction === 'out') return { word: 'saw-sent', text: `${type} (${size} B)` };
  if (!ANSWERS.has(type)) return null;
  const code = /** @type {any} */ (json)?.code;
  return { word: 'saw-frame', text: typeof code === 'string' ? `${type}: ${code}` : type };
}

/**
 * @param {Run} run
 * @param {import('./types.d.ts').StateEntry} entry
 * @returns {Line | null}
 */
function lineOfState(run, { socket, state, code, reason }) {
  if (socket > run.socket) return state === 'OPEN' ? { word: 'saw-back' } : null;
  if (socket < run.socket) return null;
  if (state === 'CLOSING') return { word: 'saw-closing' };
  return state === 'CLOSED' ? { word: 'saw-closed', code: code ?? 0, text: reason ?? '' } : null;
}

/** What the server tells in the course of an experiment and not all the time. */
const TOLD = new Set(['joined', 'returned', 'left', 'grace', 'told', 'turned-away', 'decoder', 'command', 'evicted', 'ended', 'refused']);

/**
 * Whether nothing more is to be waited for.
 *
 * @param {Run} run
 * @param {Happening} happening
 */
function isOver({ name, socket, hasEnded, lines }, happening) {
  if (happening.kind === 'knock' && happening.isOpen) return true;
  // Browser and server both have something to say, in whichever order.
  if (name === 'origin') return lines.some(({ word }) => word === 'saw-failed') && lines.some(({ report }) => report?.kind === 'refused');
  if (happening.kind === 'report') {
    const { kind, socket: by } = happening.report;
    // Its own return to the list, told to the next socket, is the last of an ending.
    return kind === 'joined' && (name === 'tab' || (hasEnded && by > socket));
  }
  const answer = name === 'text' ? 'server-time' : name === 'json' ? 'error' : null;
  return happening.kind === 'frame' && happening.frame.direction === 'in' && happening.frame.type === answer;
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {Line} line
 */
export function sentence(words, line) {
  const word = words[line.word];
  const told = line.report ? reportSentence(words, line.report) : (line.text ?? '');
  const filling = { text: told, code: line.code ?? 0, reason: told };
  const text = typeof word === 'string' ? word : /** @type {(filling: object) => string} */ (word)(filling);
  return line.times ? `${text} ×${line.times}` : text;
}

/** What SockJS, which carries texts and nothing else, has no words for. @type {ReadonlySet<TrialName>} */
const NEED_FRAMES = new Set(['binary', 'feed']);

/** @param {Model} model */
const isOverHttp = ({ handshake }) => handshake !== null && !handshake.answer.line.includes(' 101 ');

/**
 * What will happen, and whether it can.
 *
 * @param {import('./words.js').LabWords} words
 * @param {TrialName} name
 * @param {Model} model
 * @param {Rule} rule the one that is to be broken
 * @returns {{ text: string, isPossible: boolean }}
 */
export function willSentence(words, name, model, rule) {
  const other = model.watch?.foreign ? new URL(model.watch.foreign).host : null;
  const flood = floodSize(model);
  const overlong = overlongSize(model);
  const timeout = model.auth?.heartbeat.timeout ?? 0;
  if (NEED_FRAMES.has(name) && isOverHttp(model)) return { text: words['trial-needs-websocket'], isPossible: false };
  switch (name) {
    case 'flood':
      return { text: words['trial-flood-will']({ count: flood ?? 0 }), isPossible: flood !== null };
    case 'long':
      return { text: words['trial-long-will']({ bytes: overlong ?? 0 }), isPossible: overlong !== null };
    case 'deaf':
      return { text: words['trial-deaf-will']({ seconds: timeout / 1000 }), isPossible: timeout > 0 };
    case 'feed':
      return { text: words['trial-feed-will']({ text: FEEDS[rule].replace(/..(?=.)/g, '$& ') }), isPossible: true };
    case 'origin':
      return { text: other ? words['trial-origin-will']({ name: other }) : words['trial-origin-none'], isPossible: other !== null };
    default:
      return { text: words[`trial-${name}-will`], isPossible: true };
  }
}

/** How long the server waits before it tells the others that somebody is gone: milliseconds. @param {Model} model */
export function graceOf({ grace }) {
  return grace ?? USUAL_GRACE;
}
