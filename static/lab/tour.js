/**
 * How far somebody has come on the tour. Pure: it sees what happened, one thing after another, and remembers which goals
 * were reached. Nothing here is reached by time or by turning a page.
 *
 * @import { Goal, Happening, Progress } from './types.d.ts'
 */

import { goalsOfReport } from './reports.js';

/**
 * The steps in order: what must happen, and which part of the lab each points at.
 *
 * @type {readonly { goals: readonly Goal[], tab: import('./types.d.ts').Tab, part: string }[]}
 */
export const STEPS = [
  { goals: ['asked', 'cookie'], tab: 'connection', part: 'session' },
  { goals: ['anew', 'switched', 'judged'], tab: 'connection', part: 'handshake' },
  { goals: ['auth', 'list', 'time', 'opened'], tab: 'frames', part: 'frames' },
  { goals: ['said', 'acked', 'heard'], tab: 'frames', part: 'frames' },
  { goals: ['pinged', 'ponged', 'measured'], tab: 'server', part: 'server' },
  { goals: ['left', 'dropped'], tab: 'try', part: 'endings' },
  { goals: ['1002', '1003', '1008', '403'], tab: 'try', part: 'rules' },
];

/** What also counts if it happened before the tour began: it belongs to the connection that is looked at. */
const STANDING = new Set(/** @type {Goal[]} */ (['cookie', 'switched', 'judged', 'auth', 'list', 'time']));

/** More lines than these on their way at once are not followed. */
const SAID_KEPT = 64;

/** @returns {Progress} */
export function start() {
  return { done: new Set(), greeting: [], socket: 0, said: [], lines: [], hasAsked: false };
}

/**
 * @param {Progress} progress
 * @param {Happening} happening
 * @param {boolean} [isBefore] it happened before the tour began
 * @returns {Progress}
 */
export function see(progress, happening, isBefore = false) {
  const { reached, ...next } = judged(progress, happening);
  const fresh = reached.filter((goal) => !progress.done.has(goal) && (!isBefore || STANDING.has(goal)));
  return { ...next, done: fresh.length > 0 ? new Set([...progress.done, ...fresh]) : progress.done };
}

/**
 * @param {Progress} progress
 * @param {number} step from 0
 */
export function isStepDone({ done }, step) {
  return STEPS[step]?.goals.every((goal) => done.has(goal)) ?? false;
}

/** @param {Progress} progress */
export function isTourDone(progress) {
  return STEPS.every((_, step) => isStepDone(progress, step));
}

/**
 * @param {Progress} progress
 * @param {Happening} happening
 * @returns {Progress & { reached: Goal[] }}
 */
function judged(progress, happening) {
  switch (happening.kind) {
    case 'state':
      return stateChanged(progress, happening);
    case 'frame':
      return framePassed(progress, happening.frame);
    case 'report':
      return { ...progress, reached: goalsOfReport(happening.report) };
    case 'act':
      return { ...progress, reached: [happening.act] };
    case 'knock':
      // A browser does not tell why it failed; the server does.
      return { ...progress, reached: [] };
  }
}

/**
 * @param {Progress} progress
 * @param {Extract<Happening, { kind: 'state' }>} happening
 * @returns {Progress & { reached: Goal[] }}
 */
function stateChanged(progress, { state, socket, code }) {
  if (state === 'CONNECTING') return { ...progress, socket, greeting: [], said: [], lines: [], hasAsked: false, reached: [] };
  if (state === 'OPEN') return { ...progress, reached: ['anew'] };
  const told = state === 'CLOSED' && (code === 1002 || code === 1003 || code === 1008);
  return { ...progress, reached: told ? [/** @type {Goal} */ (String(code))] : [] };
}

/** The frames with which each socket is greeted, in this order. @type {readonly { type: string, goal: Goal }[]} */
const GREETING = [
  { type: 'auth', goal: 'auth' },
  { type: 'user-list', goal: 'list' },
  { type: 'server-time', goal: 'time' },
];

/**
 * @param {Progress} progress
 * @param {import('./types.d.ts').FrameRow} frame
 * @returns {Progress & { reached: Goal[] }}
 */
function framePassed(progress, { direction, type, json }) {
  const frame = /** @type {any} */ (json);
  if (direction === 'out' && type === 'server-time') return { ...progress, hasAsked: true, reached: [] };
  if (direction === 'out') {
    if (type !== 'say' || typeof frame?.id !== 'string') return { ...progress, reached: [] };
    return { ...progress, said: [...progress.said, frame.id].slice(-SAID_KEPT), reached: ['said'] };
  }
  if (type === 'ack' && progress.said.includes(frame.id)) {
    return { ...progress, lines: [...progress.lines, frame.chat].slice(-SAID_KEPT), reached: ['acked'] };
  }
  if (type === 'server-time' && progress.hasAsked) return { ...progress, hasAsked: false, reached: ['measured'] };
  if (type === 'chat') return { ...progress, reached: progress.lines.includes(frame.id) ? ['heard'] : [] };
  if (progress.greeting.length === GREETING.length || type === 'lab') return { ...progress, reached: [] };
  const due = GREETING[progress.greeting.length];
  const greeting = [...progress.greeting, type];
  return { ...progress, greeting, reached: due?.type === type ? [due.goal] : [] };
}
