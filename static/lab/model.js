/**
 * What the lab knows. Pure: an entry of the tape is read into what happened, and a model and what happened give the next
 * model.
 *
 * @import { FrameRow, Happening, Model, StateEntry, TapeEntry } from './types.d.ts'
 */

import { TRIPS, reportOf, withReport } from './reports.js';

/** The most frames that are kept. */
export const FRAMES = 500;

/** The command whose answer is measured. */
const QUESTION = 'server-time';

/** @returns {Model} */
export function emptyModel() {
  return {
    socket: 0,
    state: null,
    cameFrom: null,
    protocol: null,
    closed: null,
    auth: null,
    frames: [],
    reports: [],
    handshake: null,
    trips: [],
    askedAt: null,
    queue: null,
    grace: null,
    seq: 0,
    watch: null,
  };
}

/**
 * @param {TapeEntry} entry
 * @returns {Happening}
 */
export function read(entry) {
  if (entry.kind === 'state') return entry;
  const frame = frameOf(entry);
  const report = frame.direction === 'in' ? reportOf(frame) : null;
  return report ? { kind: 'report', report, frame } : { kind: 'frame', frame };
}

/**
 * @param {Extract<TapeEntry, { kind: 'in' | 'out' }>} entry
 * @returns {FrameRow}
 */
function frameOf({ n, at, socket, kind, data }) {
  const place = { n, at, socket, direction: kind };
  if (typeof data !== 'string') {
    const size = data instanceof Blob ? data.size : data.byteLength;
    return { ...place, opcode: 2, size, type: 'binary', text: null, json: undefined };
  }
  const size = new TextEncoder().encode(data).length;
  const json = parsed(data);
  const type = typeof json === 'object' && json !== null && 'type' in json && typeof json.type === 'string' ? json.type : 'text';
  return { ...place, opcode: 1, size, type, text: data, json };
}

/**
 * @param {string} data
 * @returns {unknown} `undefined` where it is no JSON
 */
function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/**
 * @param {Model} model
 * @param {Happening} happening
 * @returns {Model}
 */
export function fold(model, happening) {
  switch (happening.kind) {
    case 'state':
      return stateChanged(model, happening);
    case 'frame':
      return framePassed(model, happening.frame);
    case 'report':
      return withReport(withFrame(model, happening.frame), happening.report);
    default:
      return model;
  }
}

/**
 * @param {Model} model
 * @param {StateEntry} entry
 * @returns {Model}
 */
function stateChanged(model, { socket, state, protocol, code, reason, wasClean, at }) {
  // What an earlier socket still says changes nothing about the newest.
  if (socket < model.socket) return model;
  const next = { ...model, socket, state, cameFrom: model.state };
  if (state === 'CONNECTING') return { ...next, protocol: null, auth: null, handshake: null, askedAt: null, queue: null, watch: null };
  if (state === 'OPEN') return { ...next, protocol: protocol ?? '' };
  if (state === 'CLOSING') return next;
  const closed = { code: code ?? 0, reason: reason ?? '', wasClean: wasClean === true, socket, at };
  // When the other side begins, a browser passes through CLOSING without a word; a clean end tells that it did.
  const cameFrom = closed.wasClean ? /** @type {const} */ ('CLOSING') : model.state;
  return { ...next, cameFrom, closed, askedAt: null };
}

/**
 * @param {Model} model
 * @param {FrameRow} frame
 * @returns {Model}
 */
function withFrame(model, frame) {
  return { ...model, frames: [...model.frames, frame].slice(-FRAMES) };
}

/**
 * @param {Model} model
 * @param {FrameRow} frame
 * @returns {Model}
 */
function framePassed(model, frame) {
  const next = withFrame(model, frame);
  const { direction, type, at, n, json } = frame;
  if (direction === 'in' && type === 'auth') return { ...next, auth: /** @type {Model['auth']} */ (json) };
  if (type !== QUESTION) return next;
  // Of several questions on their way the first is measured: answers come in order.
  if (direction === 'out') return { ...next, askedAt: model.askedAt ?? at };
  if (model.askedAt === null) return next;
  const trip = { n, at, ms: at - model.askedAt, by: /** @type {const} */ ('question') };
  return { ...next, askedAt: null, trips: [...model.trips, trip].slice(-TRIPS) };
}
