/**
 * The only room that touches the DOM: it shows a state, and tells what the user wants. Each part of the page has a
 * file in `view/`; this one holds them together, with what belongs to no part: language, title, clock.
 *
 * @import { Actions, State } from './types.d.ts'
 * @import { LabTools } from './lab/types.d.ts'
 */

import { dateAndTime, timeOfDay } from './format.js';
import { createAttention } from './view/attention.js';
import { createBanner } from './view/banner.js';
import { createComposer } from './view/composer.js';
import { hook, setText } from './view/elements.js';
import { createEntrance } from './view/entrance.js';
import { createKeyboard } from './view/keyboard.js';
import { createLabDoor } from './view/lab-door.js';
import { createLog } from './view/log.js';
import { createPeople } from './view/people.js';
import { createSettings } from './view/settings.js';
import { createSide } from './view/side.js';
import { OTHER, WORDS, plainWord } from './words.js';

/**
 * @param {Actions} actions
 * @param {LabTools} labTools
 * @returns {{ render: (state: State) => void, tick: (now: number) => void }}
 */
export function createView(actions, labTools) {
  const log = createLog(actions);
  const side = createSide();
  const banner = createBanner(actions);
  const parts = [
    createEntrance(actions),
    log,
    createPeople(actions),
    createSettings(actions),
    createAttention(),
    createComposer(actions, log.toEnd),
    banner,
    createLabDoor(labTools),
  ];
  const room = hook('room');
  createKeyboard();
  /** @type {State | null} */
  let shown = null;

  for (const button of document.querySelectorAll('[data-language]')) {
    button.addEventListener('click', () => shown && actions.chooseLanguage(OTHER[shown.language].language));
  }

  /** @param {State} state */
  function render(state) {
    const before = shown;
    shown = state;
    if (state.language !== before?.language) translate(state);
    // Before the parts, since what is hidden has no size and takes no focus.
    room.hidden = state.place !== 'room';
    if (state.place !== before?.place) side.close();
    for (const part of parts) part.render(state, before);
    if (state.clockOffset !== before?.clockOffset || state.language !== before?.language) renderClock(Date.now());
  }

  /** @param {number} now milliseconds since 1970 */
  function tick(now) {
    renderClock(now);
    banner.tick(now);
  }

  /** @param {number} now */
  function renderClock(now) {
    const clock = hook('clock');
    hook('clock-corner').hidden = !shown || shown.clockOffset === null;
    if (!shown || shown.clockOffset === null) return;
    const at = now + shown.clockOffset;
    const { language } = shown;
    setText(clock, timeOfDay(at, language));
    clock.title = WORDS[language]['clock-label']({ time: dateAndTime(at, language) });
    clock.setAttribute('datetime', new Date(at).toISOString());
  }

  return { render, tick };
}

/**
 * Fills in what stands in the page by key.
 *
 * @param {State} state
 */
function translate({ language }) {
  document.documentElement.lang = language;
  for (const element of withHook('word')) element.textContent = plainWord(language, element.dataset['word'] ?? '');
  for (const element of withHook('label')) {
    element.setAttribute('aria-label', plainWord(language, element.dataset['label'] ?? ''));
    if (element instanceof HTMLButtonElement) element.title = element.ariaLabel ?? '';
  }
  for (const element of withHook('placeholder')) {
    element.setAttribute('placeholder', plainWord(language, element.dataset['placeholder'] ?? ''));
  }
  for (const element of withHook('language')) {
    element.textContent = OTHER[language].name;
    element.lang = OTHER[language].language;
    element.title = plainWord(language, 'language-label');
  }
}

/**
 * @param {string} name
 * @returns {NodeListOf<HTMLElement>}
 */
function withHook(name) {
  return document.querySelectorAll(`[data-${name}]`);
}
