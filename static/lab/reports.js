/**
 * What the server tells of this person's own sockets, read into what the lab knows and says. Pure. The frames are those of
 * docs/lab.md; of a kind that only a newer server has, its name is shown.
 *
 * @import { FrameRow, Goal, Handshake, Model, Report, Told } from './types.d.ts'
 */

/** The most reports that are kept. */
export const REPORTS = 500;
/** The most round trips that are kept. */
export const TRIPS = 120;

/** What the server puts in the place of what it does not tell. */
const MASK = '••••';
/** The interceptor that is asked last. */
const LAST_INTERCEPTOR = 'http-session';

/**
 * @param {FrameRow} frame
 * @returns {Report | null}
 */
export function reportOf({ type, json, n, at, socket }) {
  const told = /** @type {Told} */ (json);
  if (type !== 'lab' || typeof told.kind !== 'string') return null;
  const serverTime = Date.parse(String(told.at));
  const source = typeof told.where === 'string' ? told.where : null;
  return { n, at: Number.isNaN(serverTime) ? at : serverTime, socket, kind: told.kind, seq: Number(told.seq) || 0, source, told };
}

/**
 * @param {Model} model
 * @param {Report} report
 * @returns {Model}
 */
export function withReport(model, report) {
  const { kind, seq, told } = report;
  // Numbers grow within one journal. A smaller one tells that the server has begun another.
  if (kind === 'watching') return { ...model, seq: Math.min(model.seq, seq), watch: watchOf(told) };
  const next = { ...model, seq: Math.max(model.seq, seq), reports: [...model.reports, report].slice(-REPORTS) };
  switch (kind) {
    case 'handshake':
      return isHere(model, told) ? { ...next, handshake: handshakeOf(told) } : next;
    case 'interceptor':
      return isHere(model, told) && model.handshake ? { ...next, handshake: withInterceptor(model.handshake, told) } : next;
    case 'queue':
      return isHere(model, told) ? { ...next, queue: Number(told.bytes) } : next;
    case 'grace':
      return { ...next, grace: Number(told.ms) };
    case 'pong':
      return isHere(model, told) && typeof told.micros === 'number' ? withPong(next, report, told.micros) : next;
    default:
      return next;
  }
}

/**
 * Whether it is about the socket that is looked at, and not about another tab's or one before.
 *
 * @param {Model} model
 * @param {Told} told
 */
function isHere({ auth }, { socket }) {
  return auth !== null && socket === auth.socket;
}

/**
 * @param {Told} told
 * @returns {Model['watch']}
 */
function watchOf({ token, foreign }) {
  return {
    token: typeof token === 'string' ? token : '',
    foreign: typeof foreign === 'string' ? foreign : null,
  };
}

/**
 * @param {Told} told
 * @returns {Handshake}
 */
function handshakeOf({ request, answer }) {
  return { request: messageOf(request), answer: messageOf(answer), interceptors: [] };
}

/** @param {any} message */
function messageOf(message) {
  const headers = Array.isArray(message?.headers) ? message.headers : [];
  return {
    line: String(message?.line ?? ''),
    headers: headers.map((/** @type {any} */ header) => /** @type {const} */ ([String(header?.[0]), String(header?.[1])])),
  };
}

/**
 * @param {Handshake} handshake
 * @param {Told} told
 * @returns {Handshake}
 */
function withInterceptor(handshake, told) {
  const { name, verdict, where } = told;
  const source = typeof where === 'string' ? where : null;
  const one = { name: String(name), verdict: String(verdict), compared: comparison(told), source };
  return { ...handshake, interceptors: [...handshake.interceptors, one] };
}

/**
 * What was compared with what, as far as it is told.
 *
 * @param {any} told
 */
export function comparison({ got, wanted, rule, admit, figures }) {
  const counted = typeof figures === 'object' && figures !== null ? Object.entries(figures) : [];
  return {
    got: got === null || got === undefined ? null : String(got),
    wanted: Array.isArray(wanted) ? wanted.map(String) : [],
    rule: typeof rule === 'string' ? rule : null,
    admit: typeof admit === 'string' ? admit : null,
    figures: counted.map(([name, value]) => `${name} ${value ?? '∞'}`),
  };
}

/**
 * @param {Model} model
 * @param {Report} report
 * @param {number} micros
 * @returns {Model}
 */
function withPong(model, { n, at }, micros) {
  const trip = { n, at, ms: micros / 1000, by: /** @type {const} */ ('ping') };
  return { ...model, trips: [...model.trips, trip].slice(-TRIPS) };
}

/**
 * What of the tour has happened with this.
 *
 * @param {Report} report
 * @returns {Goal[]}
 */
export function goalsOfReport({ kind, told }) {
  switch (kind) {
    case 'handshake':
      return goalsOfHandshake(handshakeOf(told));
    case 'interceptor':
      return told.name === LAST_INTERCEPTOR && told.verdict === 'admitted' ? ['judged'] : [];
    case 'ping':
      return ['pinged'];
    case 'pong':
      return typeof told.micros === 'number' ? ['ponged'] : [];
    case 'told':
      return told.frame?.type === 'offline' ? ['left'] : told.frame?.type === 'dropped' ? ['dropped'] : [];
    case 'refused':
      return told.status === 403 ? ['403'] : [];
    default:
      return [];
  }
}

/**
 * @param {Handshake} handshake
 * @returns {Goal[]}
 */
function goalsOfHandshake({ request, answer }) {
  /** @type {Goal[]} */
  const goals = [];
  if (request.headers.some(([name, value]) => name === 'cookie' && value.includes(MASK))) goals.push('cookie');
  if (/^HTTP\/\S+ 101\b/.test(answer.line)) goals.push('switched');
  return goals;
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {Report} report
 * @returns {string}
 */
export function reportSentence(words, { kind, told }) {
  const key = /** @type {keyof typeof words} */ (sentenceKey(kind, told));
  const word = Object.hasOwn(words, key) ? words[key] : undefined;
  if (typeof word === 'string') return word;
  return word ? /** @type {(told: any) => string} */ (word)(told) : kind;
}

/**
 * Some kinds are told in two ways.
 *
 * @param {string} kind
 * @param {Told} told
 */
function sentenceKey(kind, told) {
  if (kind === 'joined') return told.first ? 'report-joined-first' : 'report-joined';
  if (kind === 'told') return `report-told-${told.frame?.type}`;
  return `report-${kind}`;
}
