/**
 * The wires of the page: what happens goes into the state, what comes out goes to the view, what the user wants goes
 * to the socket or to the HTTP session. No DOM, no rule of its own beyond who calls whom.
 *
 * @import { Actions, Language, PageEvent } from './types.d.ts'
 */

import { logOut, takeName, whoAmI } from './http-session.js';
import { LiveSocket } from './socket.js';
import { initialState, reduce } from './state.js';
import { createView } from './view.js';
import { languageOf } from './words.js';

/** Under this the browser remembers a language chosen by hand. */
const LANGUAGE_KEY = 'tertulia.language';

let state = initialState(chosenLanguage() ?? languageOf(document.documentElement.lang));
let saidSoFar = 0;
/** While we log out, our own socket's end is no news. */
let leaving = false;

const socket = new LiveSocket(
  {
    connect: (protocol) => new WebSocket(socketAddress(), protocol),
    ask: stillSomebody,
    now: Date.now,
    random: Math.random,
    after: (run, delay) => setTimeout(run, delay),
    cancel: (timer) => clearTimeout(timer),
  },
  {
    connecting: () => dispatch({ type: 'connecting' }),
    frame: (frame) => dispatch({ type: 'frame', frame, now: Date.now() }),
    lost: (code, retryAt) => dispatch({ type: 'lost', code, retryAt }),
    refused: (reason) => void refused(reason),
    nobody: () => dispatch({ type: 'signed-out', notice: 'session-ended' }),
  },
);

/** @type {Actions} */
const actions = { enter, leave, say, takeBack, retry: () => socket.retry(), chooseLanguage };
const view = createView(actions);

/** @param {PageEvent} event */
function dispatch(event) {
  state = reduce(state, event);
  view.render(state);
}

/** `ws` beside the page, under the scheme that goes with the page's. */
function socketAddress() {
  const address = new URL('ws', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

async function arrive() {
  const answer = await whoAmI();
  if ('refusal' in answer) {
    dispatch({ type: 'signed-out', notice: null });
    dispatch({ type: 'entry-refused', refusal: answer.refusal });
  } else if (answer.user) {
    comeIn(answer.user);
  } else {
    dispatch({ type: 'signed-out', notice: null });
  }
}

/** @param {import('./types.d.ts').User} user */
function comeIn(user) {
  dispatch({ type: 'entered', user });
  socket.start();
}

/** @param {string} name */
async function enter(name) {
  if (state.entrance.busy) return;
  dispatch({ type: 'entering' });
  const answer = await takeName(name);
  if ('refusal' in answer) dispatch({ type: 'entry-refused', refusal: answer.refusal });
  else comeIn(answer.user);
}

async function leave() {
  if (leaving) return;
  leaving = true;
  const failure = await logOut();
  leaving = false;
  // Whoever cannot be logged out is still inside; the banner tells why nothing works.
  if (failure) return;
  socket.stop();
  dispatch({ type: 'signed-out', notice: 'left' });
}

/** @param {string} text */
function say(text) {
  saidSoFar += 1;
  const ref = String(saidSoFar);
  if (state.link.status !== 'open' || !socket.send({ type: 'say', text, ref })) return false;
  dispatch({ type: 'said', ref, text });
  return true;
}

/** @param {string} ref */
function takeBack(ref) {
  dispatch({ type: 'taken-back', ref });
}

async function stillSomebody() {
  const answer = await whoAmI();
  if ('refusal' in answer) return 'unreachable';
  return answer.user ? 'somebody' : 'nobody';
}

/**
 * The server hung up with 1008. Is this browser still somebody? Then it may try again by hand; else it needs a name.
 *
 * @param {string} reason
 */
async function refused(reason) {
  if (leaving) return;
  const { lastWord } = state;
  dispatch({ type: 'stopped' });
  if (lastWord === 'name-taken') return signOut('name-taken');
  if (reason === 'session ended') return signOut('session-ended');
  if ((await stillSomebody()) === 'nobody' && state.link.status === 'stopped') signOut('session-ended');
}

/** @param {'name-taken' | 'session-ended'} notice */
function signOut(notice) {
  socket.stop();
  dispatch({ type: 'signed-out', notice });
}

/** @returns {Language | null} */
function chosenLanguage() {
  try {
    const tag = localStorage.getItem(LANGUAGE_KEY);
    return tag === null ? null : languageOf(tag);
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
    return null;
  }
}

/** @param {Language} language */
function chooseLanguage(language) {
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // As above.
  }
  dispatch({ type: 'language-chosen', language });
}

/** The page is looked at again, or the network is back. */
function wake() {
  if (state.place === 'room') socket.wake();
  else if (state.place === 'entrance' && !state.entrance.busy) void lookAgain();
}

/** A name taken in one tab is the name of all: the others need no form. */
async function lookAgain() {
  const answer = await whoAmI();
  if ('user' in answer && answer.user && state.place === 'entrance' && !state.entrance.busy) comeIn(answer.user);
}

document.addEventListener('visibilitychange', () => {
  const visible = document.visibilityState === 'visible';
  dispatch({ type: 'visibility-changed', visible });
  if (visible) wake();
});
window.addEventListener('online', wake);
window.addEventListener('pageshow', (event) => event.persisted && wake());
setInterval(() => view.tick(Date.now()), 1000);

view.render(state);
void arrive();
