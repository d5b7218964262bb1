/**
 * The wires of the page: what happens goes into the conversation, what comes out goes to the view and into storage,
 * what the user wants goes to the socket or to the HTTP session. No DOM, no rule of its own beyond who calls whom.
 *
 * @import { TabMessage } from './tabs.js'
 * @import { Actions, Language, Notice, PageEvent, Visitor } from './types.d.ts'
 */

import { Conversation } from './conversation.js';
import { logOut, takeName, whoAmI } from './http-session.js';
import { Keeper } from './keeper.js';
import { Signals } from './signals.js';
import { LiveSocket } from './socket.js';
import { SockJsSocket } from './sockjs-socket.js';
import { initialState } from './state.js';
import { PageStorage } from './storage.js';
import { Tabs } from './tabs.js';
import { Tape } from './tape.js';
import { turnsOf } from './turns.js';
import { createView } from './view.js';
import { Ways } from './ways.js';
import { languageOf } from './words.js';

/** What counts as a sign of the person in front of the page. */
const ACTIVITY = ['keydown', 'pointerdown', 'pointermove', 'touchstart', 'wheel'];

/** How long the very first WebSocket has, where a network may swallow it without a word. Milliseconds. */
const FIRST_PATIENCE = 6_000;

/** While we log out, our own socket's end is no news. */
let leaving = false;
/** What the lab shows; kept only where the server allows the lab. @type {Tape | null} */
let tape = null;

const clock = {
  now: Date.now,
  /** @type {(run: () => void, delay: number) => number} */
  after: (run, delay) => setTimeout(run, delay),
  /** @type {(timer: number) => void} */
  cancel: (timer) => clearTimeout(timer),
};
const storage = new PageStorage(() => localStorage, () => sessionStorage, newId);
const ways = new Ways(storage.way, (way) => storage.keepWay(way), Date.now());
const tabs = new Tabs({ ...clock, channel: openChannel, locks: navigator.locks, page: storage.page }, toldByTab);
const socket = new LiveSocket(
  { ...clock, connect, ask: stillSomebody, random: Math.random },
  {
    connecting: () => dispatch({ type: 'connecting' }),
    frame: (frame) => conversation.received(frame),
    lost: (code, retryAt) => dispatch({ type: 'lost', code, retryAt }),
    refused: (reason) => void refused(reason),
    nobody: () => signOut('session-ended'),
  },
);
const signals = new Signals({ ...clock, send: (command) => socket.send(command) });
const conversation = new Conversation(initialState(chosenLanguage()), {
  now: Date.now,
  newId,
  send: (command) => socket.send(command),
  soon: turnsOf({
    visible: () => document.visibilityState === 'visible',
    withScreen: requestAnimationFrame.bind(window),
    after: clock.after,
    now: () => performance.now(),
  }),
  greeted: () => signals.greeted(),
  changed(state, before) {
    view.render(state);
    keeper.changed(state, before);
  },
});
const keeper = new Keeper(conversation, storage, tabs);

/** @type {Actions} */
const actions = {
  enter,
  leave,
  say,
  sayAgain: (id) => conversation.sayAgain(id),
  takeBack: (id) => dispatch({ type: 'taken-back', id }),
  typing: () => signals.typing(),
  askOlder: () => conversation.askOlder(),
  mayNotify: () => tabs.mayNotify,
  retry: () => socket.retry(),
  chooseLanguage,
};
const view = createView(actions, {
  tape: () => tape,
  send: (command) => socket.send(command),
  retry: () => socket.retry(),
  stayAway: (time) => socket.stayAway(time),
});

/** @param {PageEvent} event */
function dispatch(event) {
  conversation.dispatch(event);
}

/** 64 random bits, as in all ids. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Older browsers have none; then each tab is on its own. */
function openChannel() {
  return typeof BroadcastChannel === 'function' ? new BroadcastChannel('tertulia') : null;
}

/**
 * `ws` beside the page, or `sockjs` where that does not come through, with what the page holds.
 *
 * @param {string} protocol
 */
function connect(protocol) {
  // This page may have been frozen, and another may have taken over what it had to say.
  keeper.check();
  const { held } = conversation.state;
  const way = ways.choose(Date.now());
  const address = new URL(way === 'websocket' ? 'ws' : 'sockjs', document.baseURI);
  if (way === 'websocket') address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  if (held !== null) {
    address.searchParams.set('epoch', held.epoch);
    address.searchParams.set('after', String(held.number));
  }
  if (tape) address.searchParams.set('lab', '1');
  const socket = way === 'websocket' ? new WebSocket(address.href, protocol) : sockJsSocket(address.href, protocol);
  watchWay(socket, way);
  return tape ? tape.watch(socket) : socket;
}

/**
 * @param {string} url
 * @param {string} protocol
 */
function sockJsSocket(url, protocol) {
  // It has all of a WebSocket that this page uses.
  return /** @type {WebSocket} */ (/** @type {unknown} */ (new SockJsSocket(url, protocol)));
}

/**
 * @param {WebSocket} socket
 * @param {import('./ways.js').Way} way
 */
function watchWay(socket, way) {
  let hasOpened = false;
  socket.addEventListener('open', () => {
    hasOpened = true;
    ways.opened(way);
    dispatch({ type: 'way-found', way: socket instanceof WebSocket ? 'websocket' : /** @type {any} */ (socket).transport });
  });
  socket.addEventListener('close', () => hasOpened || ways.failed(way, Date.now()));
  if (way === 'websocket' && ways.isUnproven) {
    clock.after(() => socket.readyState === WebSocket.CONNECTING && socket.close(), FIRST_PATIENCE);
  }
}

async function arrive() {
  const answer = await whoAmI();
  if ('user' in answer && answer.user) return comeIn(answer.user);
  dispatch({ type: 'signed-out', notice: null });
  if ('refusal' in answer) dispatch({ type: 'entry-refused', refusal: answer.refusal });
}

/** @param {Visitor} user */
function comeIn(user) {
  // Before all else: the first socket is on the tape, too.
  tape = user.lab ? (tape ?? new Tape()) : null;
  // First what is known of them, since the socket names it.
  void keeper.enter(user);
  socket.start();
}

/** @param {string} name */
async function enter(name) {
  if (conversation.state.entrance.busy) return;
  dispatch({ type: 'entering' });
  const answer = await takeName(name);
  if ('refusal' in answer) return dispatch({ type: 'entry-refused', refusal: answer.refusal });
  comeIn(answer.user);
  tabs.tell({ type: 'entered' });
}

async function leave() {
  const { me } = conversation.state;
  if (leaving || me === null) return;
  leaving = true;
  const failure = await logOut();
  leaving = false;
  // Whoever cannot be logged out is still inside; the banner tells why nothing works.
  if (failure) return;
  tabs.tell({ type: 'left', user: me.id });
  signOut('left');
}

/** @param {string} text */
function say(text) {
  signals.said();
  return conversation.say(text);
}

async function stillSomebody() {
  const answer = await whoAmI();
  if ('refusal' in answer) return 'unreachable';
  // The server alone knows how a handshake came to it that a browser only calls failed.
  if (conversation.state.place === 'room') dispatch({ type: 'diagnosed', spoiled: answer.user?.spoiled ?? null });
  return answer.user ? 'somebody' : 'nobody';
}

/**
 * The server hung up with 1008. Is this browser still somebody? Then it may try again by hand; else it needs a name.
 *
 * @param {string} reason
 */
async function refused(reason) {
  if (leaving) return;
  dispatch({ type: 'stopped' });
  const { lastWord } = conversation.state;
  if (lastWord?.code === 'name-taken') return signOut('name-taken');
  if (lastWord?.code === 'kicked' || reason === 'kicked') return signOut('kicked');
  if (reason === 'session ended') return signOut('session-ended');
  if ((await stillSomebody()) === 'nobody' && conversation.state.link.status === 'stopped') signOut('session-ended');
}

/** @param {Notice} notice */
function signOut(notice) {
  const { me } = conversation.state;
  socket.stop();
  dispatch({ type: 'signed-out', notice });
  if (me !== null && notice !== 'name-taken') keeper.forget(me, notice === 'left');
  // Perhaps another tab has taken another name: then that is ours, too.
  if (notice === 'session-ended') void lookAgain();
}

/** @returns {Language} */
function chosenLanguage() {
  return languageOf(storage.language ?? document.documentElement.lang);
}

/** @param {Language} language */
function chooseLanguage(language) {
  storage.keepLanguage(language);
  tabs.tell({ type: 'language', language });
  dispatch({ type: 'language-chosen', language });
}

/** @param {TabMessage} message */
function toldByTab(message) {
  switch (message.type) {
    case 'entered':
      return void lookAgain();
    case 'left':
      if (conversation.state.me?.id === message.user) signOut('session-ended');
      return;
    case 'language':
      return dispatch({ type: 'language-chosen', language: languageOf(message.language) });
    case 'read':
      return keeper.readElsewhere(message.user, message.read);
    case 'inherited':
      if (message.page === storage.page) keeper.check();
  }
}

/** The page is looked at again, or the network is back. */
function wake() {
  keeper.check();
  if (conversation.state.place === 'room') socket.wake();
  else void lookAgain();
}

/** A name taken in one tab is the name of all: the others need no form. */
async function lookAgain() {
  if (!isIdleAtTheDoor()) return;
  const answer = await whoAmI();
  if ('user' in answer && answer.user && isIdleAtTheDoor()) comeIn(answer.user);
}

function isIdleAtTheDoor() {
  const { place, entrance } = conversation.state;
  return place === 'entrance' && !entrance.busy;
}

/** Whether somebody reads this page: it is in sight, and its window has the focus. */
function attend() {
  const [visible, focused] = [document.visibilityState === 'visible', document.hasFocus()];
  tabs.attend(visible && focused);
  if (visible !== conversation.state.visible) dispatch({ type: 'visibility-changed', visible });
  if (focused !== conversation.state.focused) dispatch({ type: 'focus-changed', focused });
}

document.addEventListener('visibilitychange', () => {
  signals.active();
  attend();
  keeper.keepRead();
  if (document.visibilityState === 'visible') wake();
});
window.addEventListener('focus', attend);
window.addEventListener('blur', attend);
window.addEventListener('online', wake);
window.addEventListener('offline', () => socket.doubt());
window.addEventListener('pageshow', wake);
window.addEventListener('pagehide', () => {
  keeper.keepRead();
  tabs.attend(false);
});
for (const kind of ACTIVITY) window.addEventListener(kind, () => signals.active(), { passive: true, capture: true });
setInterval(() => {
  const now = Date.now();
  attend();
  keeper.keepRead();
  dispatch({ type: 'tick', now });
  view.tick(now);
}, 1000);

attend();
view.render(conversation.state);
void arrive();
