/**
 * The experiments as they are shown and done. What is told of one is what was seen after it: on the page's own socket,
 * and by the server.
 *
 * @import { Happening, LabTools, Model, Trial, TrialName } from './types.d.ts'
 */

import { button, checkbox, element } from './build.js';
import { deeds } from './deeds.js';
import { sourceLink } from './source.js';
import { RULES, TRIALS, begin, follow, graceOf, sentence, willSentence } from './trials.js';

/** Others are told when the grace is over, and at the next tick of a clock: this much later they surely have been. */
const MARGIN = 1_500;

/**
 * @param {import('./words.js').LabWords} words
 * @param {LabTools} tools
 * @param {() => Model} model
 * @param {(isOpen: boolean) => void} knocked a handshake as a stranger was answered
 */
export function createTrials(words, tools, model, knocked) {
  let wantsAway = false;
  /** @type {import('./types.d.ts').Run | null} */
  let run = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let returning;
  let returnsAt = 0;
  const chosenRule = () => RULES.find((rule) => rule === rules.value) ?? RULES[0];
  const does = deeds(tools, model, chosenRule, knocked);

  const command = element('pre', { hidden: true, tabindex: 0, 'aria-label': words['trial-origin'] });
  const rules = element('select', { class: 'lab-select', 'aria-label': words['try-rule'], 'data-rule': true });
  rules.append(...RULES.map((rule) => new Option(words[`rule-${rule}`], rule)));
  rules.addEventListener('change', () => describe(model()));
  const away = checkbox(words['try-away'], (isOn) => (wantsAway = isOn), { 'data-away': true });
  const hint = element('p', { class: 'lab-note' });
  const cards = TRIALS.map((trial) => card(trial));
  const root = element(
    'div',
    { class: 'lab-panel' },
    element('p', { class: 'lab-note' }, words['try-alone']),
    group('endings', away.label, hint),
    group('rules'),
    group('others'),
  );

  /**
   * @param {Trial['group']} name
   * @param {...HTMLElement} before
   */
  function group(name, ...before) {
    const own = cards.filter(({ trial }) => trial.group === name).map(({ root }) => root);
    const heading = element('h3', { id: `lab-try-${name}` }, words[`try-${name}`]);
    return element('section', { 'data-lab-part': name, 'aria-labelledby': `lab-try-${name}` }, heading, ...before, ...own);
  }

  /** @param {Trial} trial */
  function card(trial) {
    const { name, sources } = trial;
    const will = element('p', { class: 'lab-note', id: `lab-will-${name}` });
    const go = button(words['try-do'], () => start(name, wantsAway && trial.ends), {
      'aria-describedby': `lab-will-${name}`,
      'data-do': name,
    });
    const title = element('h4', {}, words[`trial-${name}`]);
    go.setAttribute('aria-label', `${words['try-do']}: ${words[`trial-${name}`]}`);
    const result = element('ul', { class: 'trial-result', 'aria-label': words['try-seen'], 'data-result': name });
    const links = element('p', { class: 'report-source' });
    for (const source of sources) links.append(sourceLink(source) ?? '', ' ');
    const choice = name === 'feed' ? rules : null;
    const head = element('div', { class: 'trial-head' }, title, go);
    const extra = name === 'origin' ? command : choice;
    const root = element('article', { class: 'trial', 'data-trial': name }, head, will, extra, result, links);
    return { trial, root, will, go, result };
  }

  /**
   * @param {TrialName} name
   * @param {boolean} staysAway
   */
  function start(name, staysAway) {
    clearInterval(ticking);
    clearTimeout(returning);
    returnsAt = 0;
    run = begin(name, model().socket, performance.timeOrigin + performance.now(), staysAway);
    const time = staysAway ? graceOf(model()) + MARGIN : 0;
    if (staysAway) tools.stayAway(time);
    const failure = does[name]();
    if (failure) run = { ...run, lines: [{ word: failure }], isOver: true };
    ticking = setInterval(tick, 1000);
    draw();
  }

  /** @param {Happening} happening */
  function see(happening) {
    if (!run || run.isOver) return;
    const before = run;
    run = follow(run, happening);
    const isEnd = happening.kind === 'state' && happening.state === 'CLOSED' && happening.socket === run.socket;
    if (isEnd && TRIALS.some(({ name, ends }) => name === before.name && ends)) comeBack(run.staysAway);
    draw();
  }

  /** @param {boolean} staysAway until the others have been told */
  function comeBack(staysAway) {
    const time = staysAway ? graceOf(model()) + MARGIN : 0;
    returnsAt = staysAway ? Date.now() + time : 0;
    // Not before the page itself has noticed the end.
    returning = setTimeout(() => {
      returnsAt = 0;
      tools.retry();
    }, time);
  }

  function tick() {
    if (!run || run.isOver) clearInterval(ticking);
    draw();
  }

  function draw() {
    for (const { trial, result } of cards) if (trial.name !== run?.name) result.replaceChildren();
    const card = cards.find(({ trial }) => trial.name === run?.name);
    if (!run || !card) return;
    const lines = run.lines.map((line) => element('li', {}, sentence(words, line)));
    const waiting = run.isOver ? null : element('li', { class: 'is-waiting' }, waitingFor(run));
    card.result.replaceChildren(...lines, ...(waiting ? [waiting] : []));
  }

  /** @param {import('./types.d.ts').Run} run */
  function waitingFor({ evictsAt, hasEnded }) {
    const left = (/** @type {number} */ until) => Math.max(0, Math.ceil((until - Date.now()) / 1000));
    if (returnsAt > 0) return words['saw-away']({ seconds: left(returnsAt) });
    return evictsAt !== null && !hasEnded ? words['trial-deaf-left']({ seconds: left(evictsAt) }) : words['saw-waiting'];
  }

  /** What the sentences were made for. @type {unknown[]} */
  let describedFor = [];

  /** @param {Model} model */
  function render(model) {
    const { auth, watch, grace } = model;
    if (describedFor[0] === auth && describedFor[1] === watch && describedFor[2] === grace) return;
    describedFor = [auth, watch, grace];
    describe(model);
  }

  /** @param {Model} model */
  function describe(model) {
    hint.textContent = words[model.grace === null ? 'try-away-unknown' : 'try-away-hint']({ seconds: graceOf(model) / 1000 });
    for (const { trial, will, go } of cards) {
      const { text, isPossible } = willSentence(words, trial.name, model, chosenRule());
      will.textContent = text;
      go.disabled = !isPossible;
      if (trial.name === 'origin') command.hidden = isPossible;
    }
    command.textContent = strangersCommand(location.href, model.watch?.token ?? '');
  }

  return {
    root,
    render,
    see,
    run: start,
    end() {
      clearInterval(ticking);
    },
  };
}

/**
 * What somebody types who has no page of a foreign origin at hand.
 *
 * @param {string} page
 * @param {string} token by which the server tells this page of it
 */
function strangersCommand(page, token) {
  const address = new URL(`ws?lab=${encodeURIComponent(token)}`, page).href;
  const headers = [
    'Origin: https://stranger.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  return `curl -i --http1.1 ${headers.map((header) => `-H '${header}'`).join(' ')} '${address}'`;
}
