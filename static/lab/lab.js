/**
 * The lab: what this page's own socket does, live, and what the server saw of it. Everything shown comes from the tape of
 * this page or from the server's reports on it; nothing is made up here.
 *
 * @import { State } from '../types.d.ts'
 * @import { Act, Happening, LabTools, Part, Tab } from './types.d.ts'
 */

import { button, element } from './build.js';
import { createCodes } from './codes-view.js';
import { createConnection } from './connection.js';
import { createFrames } from './frames.js';
import { createMachine } from './machine.js';
import { emptyModel, fold, read } from './model.js';
import { createServer } from './server.js';
import { createTabs } from './tabs.js';
import { createTimes } from './times.js';
import { createTourView } from './tour-view.js';
import { createTrials } from './trials-view.js';
import { createWatch } from './watch.js';
import { LAB_WORDS } from './words.js';

/** Below this the lab covers the page. The same width stands in styles/lab.css. */
const NARROW = '(width < 52rem)';

/**
 * @param {LabTools} tools
 * @param {HTMLElement} opener gets the focus back
 */
export function createLab(tools, opener) {
  const narrow = matchMedia(NARROW);
  const root = element('aside', { class: 'lab', id: 'lab', 'data-lab': true, hidden: true });
  const house = opener.closest('.house');
  /** @type {ReturnType<typeof createPanel> | null} */
  let panel = null;
  /** @type {import('../types.d.ts').Language | null} */
  let language = null;
  /** @type {ReturnType<typeof createWatch> | null} */
  let watch = null;
  house?.append(root);
  opener.setAttribute('aria-controls', 'lab');
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    set(false);
  });
  narrow.addEventListener('change', () => cover());

  function toggle() {
    set(root.hidden !== false);
  }

  /** @param {boolean} isOpen */
  function set(isOpen) {
    if (root.hidden === !isOpen) return;
    root.hidden = !isOpen;
    opener.setAttribute('aria-expanded', String(isOpen));
    cover();
    if (!isOpen) {
      watch?.stop();
      return opener.focus();
    }
    watch?.start();
    panel?.wake();
    panel?.title.focus();
  }

  /** Where the lab covers the conversation, nothing under it can be reached. */
  function cover() {
    const talk = /** @type {HTMLElement | null | undefined} */ (house?.querySelector('[data-talk]'));
    if (talk) talk.inert = !root.hidden && narrow.matches;
  }

  /** @param {State} state */
  function render(state) {
    if (state.place !== 'room') return leave();
    if (state.language === language) return;
    watch ??= createWatch(tools);
    const hadFocus = root.contains(document.activeElement);
    language = state.language;
    const before = panel?.end();
    panel = createPanel(tools, language, () => set(false), (isLarge) => root.classList.toggle('is-large', isLarge), before);
    root.setAttribute('aria-label', LAB_WORDS[language]['lab-label']);
    root.replaceChildren(...panel.children);
    if (!root.hidden) panel.wake();
    if (hadFocus || !root.hidden) panel.title.focus();
  }

  /** Whoever comes in next at this screen may be somebody else: nothing of what was seen stays. */
  function leave() {
    if (!panel) return;
    set(false);
    panel.end();
    watch?.end();
    [panel, watch, language] = [null, null, null];
    root.classList.remove('is-large');
    root.replaceChildren();
  }

  return { toggle, render };
}

/**
 * All that stands in the lab, in one language; another language makes another panel, which goes on where this one was.
 *
 * @param {LabTools} tools
 * @param {import('../types.d.ts').Language} language
 * @param {() => void} close
 * @param {(isLarge: boolean) => void} enlarge
 * @param {{ tab: Tab, tour: import('./tour-view.js').TourPlace | null, isLarge: boolean }} [before]
 */
function createPanel(tools, language, close, enlarge, before) {
  const words = LAB_WORDS[language];
  let model = emptyModel();
  let isDue = false;
  let isLarge = before?.isLarge ?? false;

  const machine = createMachine(words);
  const server = createServer(words);
  const times = createTimes(words, language, { measure: () => tools.send({ type: 'server-time' }) });
  const frames = createFrames(words, (frame) => frame.type === 'auth' && act('opened'));
  const trials = createTrials(words, tools, () => model, (isOpen) => {
    happened({ kind: 'knock', isOpen });
    wake();
  });
  const connection = createConnection(words, { machine, anew: () => trials.run('close', false), asked: () => act('asked') });
  const codes = createCodes(words);
  /** @type {Record<Tab, Part>} */
  const parts = { connection, frames, server, times, try: trials, codes };
  const body = element('div', { class: 'lab-body' });
  const tabs = createTabs(words, parts, body, before?.tab ?? 'connection', wake);
  const tour = createTourView(words, { show: tabs.show, body }, before?.tour ?? null);
  const title = element('h2', { class: 'lab-title', tabindex: -1 }, words['lab-title']);
  const states = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].map((state) => element('li', {}, state));

  const large = button(words['lab-large'], () => setLarge(!isLarge), { 'aria-pressed': String(isLarge) });
  const closeLabel = words['lab-close'];
  const closer = button('×', close, { class: 'button button-icon lab-close', 'aria-label': closeLabel, title: closeLabel });
  const head = element(
    'header',
    { class: 'lab-head' },
    element('div', { class: 'lab-title-row' }, title, tour.starter, large, closer),
    // The line below says the same in words.
    element('ul', { class: 'lab-states', 'aria-hidden': 'true' }, ...states),
    machine.said,
    tabs.list,
  );

  /** @param {boolean} wanted */
  function setLarge(wanted) {
    isLarge = wanted;
    large.setAttribute('aria-pressed', String(wanted));
    enlarge(wanted);
  }

  /** @param {Happening} happening */
  function happened(happening, isBefore = false) {
    model = fold(model, happening);
    tour.see(happening, isBefore);
    if (!isBefore) trials.see(happening);
  }

  /** @param {Act} what */
  function act(what) {
    happened({ kind: 'act', act: what });
    wake();
  }

  /** Draws what is to be seen, at most once a frame of the screen. */
  function wake() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      for (const state of states) state.classList.toggle('is-lit', state.textContent === model.state);
      machine.render(model);
      tabs.render(model);
      tour.render();
    });
  }

  const tape = tools.tape();
  for (const entry of tape?.entries() ?? []) happened(read(entry), true);
  const unfollow = tape?.follow((entry) => {
    happened(read(entry));
    wake();
  });

  function end() {
    unfollow?.();
    trials.end();
    times.end();
    return { tab: tabs.current(), tour: tour.place(), isLarge };
  }

  return { children: [head, tour.root, body], title, wake, end };
}
