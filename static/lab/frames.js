/**
 * The frames of this page's sockets, newest first: what the browser's developer tools show, with what each one means.
 *
 * @import { FrameRow, Model } from './types.d.ts'
 */

import { button, checkbox, element } from './build.js';

/** All kinds but the server's reports for the lab, which have a place of their own. */
const TALK = 'talk';
const ALL = 'all';

/**
 * @param {import('./words.js').LabWords} words
 * @param {(frame: FrameRow) => void} opened somebody looks into a frame
 */
export function createFrames(words, opened) {
  const wanted = { in: true, out: true, kind: TALK };
  let isPaused = false;
  let clearedUpTo = 0;
  /** @type {Model | null} */
  let latest = null;
  /** By number, so that an open frame stays open. @type {Map<number, HTMLLIElement>} */
  const rows = new Map();

  const list = element('ol', { class: 'lab-list', 'data-lab-part': 'frames', 'aria-label': words['frames-label'] });
  const nothing = element('p', { class: 'lab-note' }, words['frames-none']);
  const count = element('p', { class: 'lab-note' });
  const kinds = element('select', { class: 'lab-select', 'aria-label': words['frames-kind'] });
  kinds.append(new Option(words['frames-talk'], TALK), new Option(words['frames-all'], ALL));
  kinds.addEventListener('change', () => change({ kind: kinds.value }));
  const pause = button(words['frames-pause'], () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    update();
  }, { 'aria-pressed': 'false' });
  const clear = button(words['frames-clear'], () => {
    clearedUpTo = latest?.frames.at(-1)?.n ?? 0;
    update(true);
  });
  const root = element(
    'section',
    { 'aria-label': words['tab-frames'] },
    element(
      'div',
      { class: 'lab-row' },
      checkbox(words['frames-in'], (isOn) => change({ in: isOn }), { checked: true }).label,
      checkbox(words['frames-out'], (isOn) => change({ out: isOn }), { checked: true }).label,
      kinds,
      pause,
      clear,
    ),
    count,
    nothing,
    list,
  );

  /** @param {Partial<typeof wanted>} changed */
  function change(changed) {
    Object.assign(wanted, changed);
    update(true);
  }

  /** @param {FrameRow} frame */
  function isWanted({ n, direction, type }) {
    if (n <= clearedUpTo || !wanted[direction]) return false;
    if (wanted.kind === TALK) return type !== 'lab';
    return wanted.kind === ALL || type === wanted.kind;
  }

  /** @param {FrameRow} frame */
  function rowOf(frame) {
    const known = rows.get(frame.n);
    if (known) return known;
    const row = element('li', {}, frameDetails(words, frame, () => opened(frame)));
    rows.set(frame.n, row);
    return row;
  }

  /** @param {boolean} [evenIfPaused] the reader asked for it */
  function update(evenIfPaused = false) {
    if (!latest || (isPaused && !evenIfPaused)) return;
    offerKinds(latest);
    const shown = latest.frames.filter(isWanted);
    const kept = new Set(latest.frames.map(({ n }) => n));
    for (const n of rows.keys()) if (!kept.has(n)) rows.delete(n);
    place(list, shown.map(rowOf).reverse());
    nothing.hidden = shown.length > 0;
    count.textContent = words['frames-count']({ count: shown.length, limit: latest.frames.length });
  }

  /** @param {Model} model */
  function offerKinds({ frames }) {
    const known = new Set([...kinds.options].map(({ value }) => value));
    for (const { type } of frames) {
      if (known.has(type)) continue;
      known.add(type);
      kinds.append(new Option(type, type));
    }
  }

  /** @param {Model} model */
  function render(model) {
    if (model.frames === latest?.frames) return;
    latest = model;
    update();
  }

  return { root, render };
}

/**
 * Brings `list` to hold just these rows, newest first, and touches no row that stays: it may have the focus.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} wanted
 */
export function place(list, wanted) {
  const staying = new Set(/** @type {Element[]} */ (wanted));
  for (const row of [...list.children]) if (!staying.has(row)) row.remove();
  let next = list.firstElementChild;
  for (const row of wanted) {
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {FrameRow} frame
 * @param {() => void} opened
 */
function frameDetails(words, frame, opened) {
  const { direction, type, at, size, opcode, socket } = frame;
  const way = direction === 'in' ? words['frame-in'] : words['frame-out'];
  const summary = element(
    'summary',
    {},
    element('span', { class: 'frame-arrow', 'aria-hidden': 'true' }, direction === 'in' ? '↓' : '↑'),
    element('span', {}, element('span', { class: 'visually-hidden' }, `${way} `), element('span', { class: 'frame-kind' }, type)),
    element('span', { class: 'frame-meta' }, words['frame-meta']({ time: clock(at), bytes: size, opcode, count: socket })),
  );
  const details = element('details', { class: 'frame', 'data-direction': direction, 'data-type': type }, summary);
  // The body is built when somebody looks: most never are.
  details.addEventListener('toggle', () => {
    if (!details.open) return;
    opened();
    if (details.childElementCount === 1) details.append(element('pre', { tabindex: 0, 'aria-label': type }, body(frame)));
  });
  return details;
}

/** @param {FrameRow} frame */
function body({ json, text, size }) {
  if (json !== undefined) return JSON.stringify(json, null, 2);
  return text ?? `${size} B`;
}

/**
 * The time of day to the millisecond: here it matters what came first.
 *
 * @param {number} at milliseconds since 1970
 */
export function clock(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const fraction = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction}`;
}
