/**
 * The operator's view: signs in, asks the server each second while somebody looks, and hands the answers to the parts.
 * It keeps nothing in the browser but the language, as the chat does.
 *
 * @import { Ban, Language, RefusalRow, Setting } from './types.d.ts'
 */

import { hook, setText } from '../view/elements.js';
import { Refused, askBans, askRefusals, askSamples, askSettings, askState, liftBan, signIn, signOut } from './api.js';
import { createDialogs } from './dialogs.js';
import { renderBans, renderRefusals, renderSettings } from './lists.js';
import { createPeople } from './people.js';
import { createFigures } from './plots.js';
import { OTHER, WORDS, failureSentence, plainWord } from './words.js';

/** Under this the chat remembers a language chosen by hand. */
const LANGUAGE_KEY = 'tertulia.language';
/** Milliseconds between two looks at the server. */
const PAUSE = 1000;
/** Milliseconds that a sentence about what was done stays. */
const TOLD = 8000;

let language = firstLanguage();
let isInside = false;
let isAsking = false;
/** @type {'' | 'notice-over' | 'notice-out'} */
let notice = '';
/** @type {{ epoch: string, number: number, bans: number, refusals: number } | null} */
let known = null;
/** What is shown, to be shown again in another language. @type {{ bans: Ban[], refusals: { total: number, refusals: RefusalRow[] } | null, settings: Setting[] }} */
const shown = { bans: [], refusals: null, settings: [] };

const figures = createFigures(language);
const dialogs = createDialogs(() => language, { done, over });
const people = createPeople(language, {
  kick: (user) => dialogs.open({ kind: 'kick', user }),
  ban: (user) => dialogs.open({ kind: 'ban', user }),
  guard,
});
const token = /** @type {HTMLInputElement} */ (hook('token'));
const onlyChanged = /** @type {HTMLInputElement} */ (hook('settings-changed'));

/**
 * `null` instead of an error that the page tells about: the session is over, or the server away.
 *
 * @template T
 * @param {Promise<T>} asked
 */
async function guard(asked) {
  try {
    const answer = await asked;
    hook('away').hidden = true;
    return answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.failure.status === 401) over();
    else hook('away').hidden = false;
    return null;
  }
}

async function look() {
  if (!isInside || isAsking || document.visibilityState === 'hidden') return;
  isAsking = true;
  await Promise.all([lookAtFigures(), people.tick()]);
  isAsking = false;
}

async function lookAtFigures() {
  const state = await guard(askState());
  if (!state || !isInside) return;
  if (known?.epoch !== state.epoch) {
    figures.clear();
    known = { epoch: state.epoch, number: 0, bans: -1, refusals: -1 };
    await lookAtSettings();
  }
  const { sample } = state;
  const missed = sample.number > known.number + 1;
  if (missed) {
    const answer = await guard(askSamples(known.number));
    if (answer?.epoch === state.epoch) figures.add(answer.samples);
    known.number = answer?.samples.at(-1)?.number ?? known.number;
  } else if (sample.number > known.number) {
    figures.add([sample]);
    known.number = sample.number;
  }
  figures.render(state);
  if (known.bans !== state.bans) await lookAtBans(state.bans);
  if (known.refusals !== state.refusals) await lookAtRefusals(state.refusals);
}

/** @param {number} [count] */
async function lookAtBans(count) {
  const answer = await guard(askBans());
  if (!answer || !known) return;
  shown.bans = answer.bans;
  known.bans = count ?? answer.bans.length;
  renderBans(shown.bans, language, (ban) => void lift(ban));
}

/** @param {number} count */
async function lookAtRefusals(count) {
  const answer = await guard(askRefusals());
  if (!answer || !known) return;
  known.refusals = count;
  shown.refusals = answer;
  renderRefusals(answer, language, (text, code) => void copy(text, code));
}

async function lookAtSettings() {
  const answer = await guard(askSettings());
  if (answer) shown.settings = answer.settings;
  renderSettings(shown.settings, language, onlyChanged.checked);
}

/** @param {Ban} ban */
async function lift(ban) {
  const lifted = await guard(
    liftBan(ban.id).then(
      () => ({ sentence: WORDS[language]['done-lift']({ address: ban.address }) }),
      (error) => {
        if (error instanceof Refused && error.failure.status === 404) return { sentence: failureSentence(language, error.failure) };
        throw error;
      },
    ),
  );
  if (!lifted) return;
  done(lifted.sentence);
  hook('bans-heading').focus();
}

/** @param {string} sentence */
function done(sentence) {
  tell(sentence);
  void lookAtBans();
  void people.look();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let telling;

/** @param {string} sentence */
function tell(sentence) {
  setText(hook('toast'), sentence);
  clearTimeout(telling);
  telling = setTimeout(() => setText(hook('toast'), ''), TOLD);
}

/**
 * @param {string} text
 * @param {HTMLElement} code where it stands
 */
async function copy(text, code) {
  try {
    // Browsers have a clipboard for pages by https and on this machine only.
    await navigator.clipboard.writeText(text);
    tell(WORDS[language].copied);
  } catch {
    getSelection()?.selectAllChildren(code);
    tell(WORDS[language]['not-copied']);
  }
}

async function arrive() {
  try {
    await askState();
    enter();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    render();
    // Without an answer nobody knows whether one is signed in; the form says what is wrong.
    if (error.failure.status !== 401) setText(hook('token-error'), failureSentence(language, error.failure));
  }
}

function enter() {
  [isInside, notice, token.value] = [true, '', ''];
  render();
  void look();
}

/** The session is over. */
function over() {
  if (isInside) leave('notice-over');
}

/** @param {'notice-over' | 'notice-out'} why */
function leave(why) {
  [isInside, notice, known] = [false, why, null];
  dialogs.close();
  people.clear();
  figures.clear();
  Object.assign(shown, { bans: [], refusals: null, settings: [] });
  for (const list of ['bans', 'refusals', 'settings']) hook(list).replaceChildren();
  render();
}

/** @param {SubmitEvent} event */
async function submitToken(event) {
  event.preventDefault();
  const button = hook('sign-in');
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  setText(hook('token-error'), '');
  try {
    await signIn(token.value.trim());
    enter();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    setText(hook('token-error'), failureSentence(language, error.failure));
    token.ariaInvalid = 'true';
    token.focus();
  } finally {
    button.ariaDisabled = null;
  }
}

function render() {
  hook('entrance').hidden = isInside;
  hook('room').hidden = !isInside;
  setText(hook('notice'), notice ? WORDS[language][notice] : '');
  if (!isInside) token.focus();
  else if (document.activeElement === document.body) /** @type {HTMLElement} */ (document.querySelector('.desk-parts')).focus();
}

/** Fills in what stands in the page by key, and shows what is shown anew. */
function translate() {
  document.documentElement.lang = language;
  document.title = WORDS[language]['page-title'];
  for (const element of withHook('word')) element.textContent = plainWord(language, element.dataset['word'] ?? '');
  for (const element of withHook('label')) element.ariaLabel = plainWord(language, element.dataset['label'] ?? '');
  for (const element of withHook('language')) {
    element.textContent = OTHER[language].name;
    element.lang = OTHER[language].language;
    element.title = WORDS[language]['language-label'];
  }
  figures.translate(language);
  people.translate(language);
  if (known) renderBans(shown.bans, language, (ban) => void lift(ban));
  if (shown.refusals) renderRefusals(shown.refusals, language, (text, code) => void copy(text, code));
  renderSettings(shown.settings, language, onlyChanged.checked);
}

/**
 * @param {string} name
 * @returns {NodeListOf<HTMLElement>}
 */
function withHook(name) {
  return document.querySelectorAll(`[data-${name}]`);
}

/** @returns {Language} */
function firstLanguage() {
  const page = document.documentElement.lang === 'zh' ? 'zh' : 'en';
  try {
    const chosen = localStorage.getItem(LANGUAGE_KEY);
    return chosen === 'zh' || chosen === 'en' ? chosen : page;
  } catch {
    // Storage may be forbidden.
    return page;
  }
}

function switchLanguage() {
  language = OTHER[language].language;
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // As above; then the choice lasts as long as the page.
  }
  translate();
  setText(hook('notice'), notice ? WORDS[language][notice] : '');
}

for (const button of withHook('language')) button.addEventListener('click', switchLanguage);
hook('token-form').addEventListener('submit', (event) => void submitToken(/** @type {SubmitEvent} */ (event)));
token.addEventListener('input', () => (token.ariaInvalid = null));
hook('sign-out').addEventListener('click', async () => {
  // A server that does not answer cannot forget the cookie, but this page can forget what it showed.
  await signOut().catch(() => null);
  leave('notice-out');
});
hook('ban-by-hand').addEventListener('click', () => dialogs.open({ kind: 'address' }));
onlyChanged.addEventListener('change', () => renderSettings(shown.settings, language, onlyChanged.checked));
document.addEventListener('visibilitychange', () => void look());
window.addEventListener('online', () => void look());
setInterval(() => void look(), PAUSE);

translate();
void arrive();
