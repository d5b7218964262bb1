/**
 * The tour as it is shown: one step at a time, large enough to project, pointing at the part of the lab it speaks of.
 *
 * @import { Happening, Progress, Tab } from './types.d.ts'
 */

import { button, element } from './build.js';
import { STEPS, isTourDone, see, start } from './tour.js';

/** @typedef {{ step: number, progress: Progress }} TourPlace */

/**
 * @param {import('./words.js').LabWords} words
 * @param {{ show: (tab: Tab) => void, body: HTMLElement }} lab
 * @param {TourPlace | null} before where it stood in another language
 */
export function createTourView(words, lab, before) {
  /** Seen from the start of the page on: what belongs to this connection counts. */
  let standing = start();
  /** @type {TourPlace | null} */
  let here = before;
  /** @type {Element | null} */
  let pointedAt = null;
  /** What is drawn: nothing is drawn twice, for the reader's cursor may be in it. @type {unknown[]} */
  let drawnFor = [];

  const starter = button(words['tour-start'], () => (here ? finish() : begin()), {
    'aria-pressed': String(here !== null),
    'data-tour-start': true,
  });
  const title = element('h3', { class: 'tour-title', tabindex: -1 });
  const count = element('p', { class: 'tour-count' });
  const text = element('p', { class: 'tour-text' });
  const doIt = element('p', { class: 'tour-do' });
  const goals = element('ul', { class: 'tour-goals' });
  const finished = element('p', { class: 'tour-do', role: 'status' });
  const back = button(words['tour-back'], () => turn(-1));
  const next = button(words['tour-next'], () => turn(1), { class: 'button lab-button is-strong' });
  const root = element(
    'section',
    { class: 'tour', 'aria-label': words['tour-label'], 'data-tour': true, hidden: true },
    element('div', { class: 'lab-row' }, count, back, next, button(words['tour-show'], point)),
    title,
    text,
    doIt,
    element('p', { class: 'lab-note' }, words['tour-seen']),
    goals,
    finished,
    element('p', { class: 'lab-note' }, words['tour-keys']),
  );
  root.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    turn(by);
  });

  function begin() {
    here = { step: 0, progress: { ...standing } };
    starter.setAttribute('aria-pressed', 'true');
    root.hidden = false;
    arrive();
  }

  function finish() {
    here = null;
    starter.setAttribute('aria-pressed', 'false');
    root.hidden = true;
    pointAt(null);
  }

  /** @param {number} by */
  function turn(by) {
    if (!here) return;
    const step = Math.min(Math.max(here.step + by, 0), STEPS.length - 1);
    if (step === here.step) return;
    here = { ...here, step };
    arrive();
  }

  function arrive() {
    point();
    render();
    root.scrollTop = 0;
    title.focus();
  }

  /** Shows the part that the step speaks of, framed. */
  function point() {
    const step = here && STEPS[here.step];
    if (!step) return;
    lab.show(step.tab);
    pointAt(lab.body.querySelector(`[data-lab-part="${step.part}"]`));
    pointedAt?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {Element | null} element */
  function pointAt(element) {
    pointedAt?.classList.remove('is-pointed-at');
    pointedAt = element;
    pointedAt?.classList.add('is-pointed-at');
  }

  /** @param {Happening} happening */
  function seen(happening, isBefore = false) {
    standing = see(standing, happening, true);
    if (here && !isBefore) here = { ...here, progress: see(here.progress, happening) };
  }

  function render() {
    if (!here) return;
    const { step, progress } = here;
    if (drawnFor[0] === step && drawnFor[1] === progress.done) return;
    drawnFor = [step, progress.done];
    const number = /** @type {1} */ (step + 1);
    count.textContent = words['tour-count']({ count: number, limit: STEPS.length });
    title.textContent = words[`tour-${number}-title`];
    text.textContent = words[`tour-${number}-text`];
    doIt.textContent = words['tour-do']({ text: words[`tour-${number}-do`] });
    goals.replaceChildren(...(STEPS[step]?.goals ?? []).map((goal) => goalLine(words, goal, progress.done.has(goal))));
    back.disabled = step === 0;
    next.disabled = step === STEPS.length - 1;
    const sum = isTourDone(progress) ? words['tour-finished'] : '';
    if (finished.textContent !== sum) finished.textContent = sum;
  }

  if (here) {
    root.hidden = false;
    render();
  }
  return { root, starter, render, see: seen, place: () => here };
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {import('./types.d.ts').Goal} goal
 * @param {boolean} isDone
 */
function goalLine(words, goal, isDone) {
  const state = isDone ? words['tour-done'] : words['tour-open'];
  return element(
    'li',
    { class: isDone ? 'tour-goal is-done' : 'tour-goal', 'data-goal': goal },
    element('span', {}, words[`goal-${goal}`], element('span', { class: 'visually-hidden' }, ` (${state})`)),
  );
}
