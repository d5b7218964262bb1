/**
 * The states of a WebSocket as a drawing, the present one lit (RFC 6455, sections 4.1 and 7.1; the names are those of
 * `readyState` in browsers).
 *
 * @import { Model, SocketState } from './types.d.ts'
 */

import { drawn, element } from './build.js';

/** Where each state stands, in units of the drawing. @type {Record<SocketState, { x: number, y: number }>} */
const PLACES = {
  CONNECTING: { x: 14, y: 14 },
  OPEN: { x: 272, y: 14 },
  CLOSING: { x: 272, y: 166 },
  CLOSED: { x: 14, y: 166 },
};
const BOX = { width: 134, height: 46 };

/** Every way from one state to the next: its line, and where its name stands. */
const WAYS = /** @type {const} */ ([
  { from: 'CONNECTING', to: 'OPEN', word: 'way-CONNECTING-OPEN', path: 'M150 37H268', x: 209, y: 28, anchor: 'middle' },
  { from: 'OPEN', to: 'CLOSING', word: 'way-OPEN-CLOSING', path: 'M326 62V162', x: 334, y: 118, anchor: 'start' },
  { from: 'CLOSING', to: 'CLOSED', word: 'way-CLOSING-CLOSED', path: 'M270 189H152', x: 209, y: 208, anchor: 'middle' },
  { from: 'OPEN', to: 'CLOSED', word: 'way-OPEN-CLOSED', path: 'M290 62L142 164', x: 206, y: 142, anchor: 'start' },
  { from: 'CONNECTING', to: 'CLOSED', word: 'way-CONNECTING-CLOSED', path: 'M130 62V162', x: 138, y: 84, anchor: 'start' },
  { from: 'CLOSED', to: 'CONNECTING', word: 'way-CLOSED-CONNECTING', path: 'M32 164V64', x: 40, y: 120, anchor: 'start' },
]);

/** @param {import('./words.js').LabWords} words */
export function createMachine(words) {
  const head = drawn('path', { d: 'M0 0L9 4.5L0 9z' });
  const size = { viewBox: '0 0 9 9', refX: 8, refY: 4.5, markerWidth: 9, markerHeight: 9 };
  const marker = { id: 'lab-arrow', ...size, orient: 'auto', markerUnits: 'userSpaceOnUse' };
  const boxes = Object.entries(PLACES).map(([state, { x, y }]) => {
    const box = drawn('rect', { x, y, ...BOX, rx: 10 });
    const name = drawn('text', { x: x + BOX.width / 2, y: y + 29, 'text-anchor': 'middle' }, state);
    return { state, group: drawn('g', { class: 'machine-state' }, box, name) };
  });
  const ways = WAYS.map((way) => {
    const line = drawn('path', { d: way.path, 'marker-end': 'url(#lab-arrow)' });
    const name = drawn('text', { x: way.x, y: way.y, 'text-anchor': way.anchor }, words[way.word]);
    return { ...way, name, group: drawn('g', { class: 'machine-way' }, line, name) };
  });
  const opening = ways.find(({ from, to }) => from === 'CONNECTING' && to === 'OPEN');
  const drawing = drawn(
    'svg',
    { class: 'machine', viewBox: '0 0 420 226', role: 'img', 'aria-label': words['machine-label'] },
    drawn('defs', {}, drawn('marker', marker, head)),
    ...ways.map(({ group }) => group),
    ...boxes.map(({ group }) => group),
  );
  const said = element('p', { class: 'machine-said', role: 'status' });
  const root = element('figure', { class: 'machine-figure', 'data-lab-part': 'machine' }, drawing);

  /** @param {Model} model */
  function render({ socket, state, cameFrom, protocol, handshake }) {
    for (const { state: name, group } of boxes) group.classList.toggle('is-lit', name === state);
    for (const { from, to, group } of ways) group.classList.toggle('is-lit', from === cameFrom && to === state);
    // A session of SockJS is opened by an answer like any other.
    if (opening) opening.name.textContent = handshake?.answer.line.split(' ')[1] ?? words[opening.word];
    const text = state === null ? words['machine-none'] : words['machine-now']({ state, count: socket, protocol: protocol ?? '' });
    // A status is read out again whenever it is written.
    if (said.textContent !== text) said.textContent = text;
  }

  return { root, said, render };
}
