/**
 * What was said and who came and went, in the order of the server.
 *
 * Only what is new at the end is read out by screen readers, and only as long as it is little. What is older, drawn
 * anew or comes in a flood stands in the log without a word; a number tells of it.
 *
 * @import { Actions, Entry, State } from '../types.d.ts'
 */

import { WORDS } from '../words.js';
import { hook, setText } from './elements.js';
import { createChunks } from './log/chunks.js';
import { beginsDay, changes, continues, isOthers, news } from './log/grouping.js';
import { dayDivider, newsDivider, row } from './log/rows.js';
import { createScroll } from './log/scroll.js';

/** More lines than these at once are told as a number. */
const READ_OUT = 10;

/** @param {Actions} actions */
export function createLog(actions) {
  const empty = hook('empty');
  const button = hook('new');
  const beginning = hook('log-start');
  const status = hook('log-status');
  const chunks = createChunks(hook('log'));
  const scroll = createScroll({ scroller: hook('scroller'), chunks, onMoved });
  let unseen = 0;
  /** @type {State | null} */
  let shown = null;
  /** @type {HTMLElement | null} */
  let newsLine = null;

  // The focus stays where it is: in the box, mostly.
  button.addEventListener('pointerdown', (event) => event.preventDefault());
  button.addEventListener('mousedown', (event) => event.preventDefault());
  button.addEventListener('click', () => {
    // Whoever pressed it by keyboard goes on writing; it is gone in a moment.
    if (document.activeElement === button) hook('text').focus();
    toEnd();
  });

  function onMoved() {
    if (scroll.isAtEnd()) setUnseen(0);
    if (scroll.isNearStart() && shown?.place === 'room') actions.askOlder();
  }

  function toEnd() {
    setUnseen(0);
    scroll.follow();
  }

  /** @param {number} count */
  function setUnseen(count) {
    unseen = count;
    button.hidden = count === 0;
    if (count > 0 && shown) setText(button, WORDS[shown.language]['new-lines']({ count }));
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    shown = state;
    if (state.place !== 'room' && state.log.length > 0) return;
    const isAnew = isDrawnAnew(state, before);
    const isSame = state.log === before?.log && state.seenKey === before.seenKey && !isAnew;
    if (!isSame) update(state, isAnew);
    renderEdges(state, before);
    const isBack = before !== null && !before.visible && state.visible;
    const isFirst = before !== null && before.log.length === 0 && state.log.length > 0;
    if (isBack || isFirst) showNews(state);
    // Nobody scrolls in a log that does not fill the screen, nor at its very top.
    if (state.log.length > 0 && scroll.isNearStart() && state.older.more && !state.older.asked) actions.askOlder();
  }

  /**
   * @param {State} state
   * @param {boolean} isAnew
   */
  function update(state, isAnew) {
    const was = isAnew ? null : chunks.span();
    const { older, newer } = changes(state.log, was);
    scroll.keep(() => {
      if (isAnew || state.log.length === 0) chunks.clear();
      chunks.dropBefore(state.log[0]?.key ?? 0);
      if (older > 0) chunks.prepend(rowsOf(state, 0, older));
      append(state, newer, was !== null);
      if (older > 0) renderHead(state, older);
      renderHead(state, state.log.findIndex((entry) => entry.key === chunks.span()?.first));
      renderNews(state);
    });
    if (older > 0) setText(status, WORDS[state.language]['older-came']({ count: older }));
    if (state.log.length === 0) toEnd();
    else if (scroll.isAtEnd()) setUnseen(0);
    else setUnseen(unseen + (was === null ? 0 : countOthers(state, newer)));
  }

  /**
   * @param {State} state
   * @param {number} from index into the log
   * @param {boolean} isNews lines that somebody may wait for
   */
  function append(state, from, isNews) {
    const count = isNews ? countOthers(state, from) : 0;
    const isFlood = state.log.length - from > READ_OUT;
    chunks.append(rowsOf(state, from, state.log.length), !isNews || isFlood);
    if (isFlood && count > 0) setText(status, WORDS[state.language]['new-lines']({ count }));
  }

  /**
   * Fits an entry to the one before it, which was not there, or was another one, when it was drawn.
   *
   * @param {State} state
   * @param {number} index into the log
   */
  function renderHead({ log, language }, index) {
    const [entry, previous] = [log[index], log[index - 1]];
    const element = entry && chunks.row(entry.key);
    if (!entry || !element) return;
    if (entry.kind === 'chat') element.classList.toggle('is-continued', continues(entry, previous));
    const above = element.previousElementSibling === newsLine ? newsLine : element;
    const has = above?.previousElementSibling?.classList.contains('is-day') ? above.previousElementSibling : null;
    if (!beginsDay(entry, previous)) has?.remove();
    else if (!has) above?.before(dayDivider(entry, language));
  }

  /** @param {State} state */
  function renderNews(state) {
    const found = news(state);
    const place = found && chunks.row(found.key);
    if (!place) {
      newsLine?.remove();
      newsLine = null;
    } else if (newsLine === null || place.previousElementSibling !== newsLine) {
      newsLine?.remove();
      newsLine = newsDivider(state.language);
      place.before(newsLine);
    }
  }

  /**
   * Who comes back to more than a screen of news begins where they begin.
   *
   * @param {State} state
   */
  function showNews(state) {
    if (!newsLine || !scroll.isAtEnd() || !scroll.isAbove(newsLine)) return;
    scroll.show(newsLine);
    if (!scroll.isAtEnd()) setUnseen(news(state)?.count ?? 0);
  }

  /**
   * What stands before the first line and in place of it.
   *
   * @param {State} state
   * @param {State | null} before
   */
  function renderEdges(state, before) {
    const { log, link, language, older } = state;
    const isSame = log === before?.log && link === before.link && older === before.older && language === before.language;
    if (isSame) return;
    const first = log.find((entry) => entry.kind === 'chat');
    // An invitation to speak, for a room where somebody hears it.
    empty.hidden = link.status !== 'open' || state.awaitsHistory || first !== undefined;
    // A class, since `:has` would be looked into with every line that comes.
    empty.parentElement?.classList.toggle('is-empty', !empty.hidden);
    beginning.hidden = first === undefined;
    setText(beginning, beginningSentence(state, first));
  }

  return { render, toEnd };
}

/**
 * @param {State} state
 * @param {State | null} before
 */
function isDrawnAnew(state, before) {
  return state.language !== before?.language || state.me?.id !== before.me?.id || state.place !== before.place;
}

/**
 * @param {State} state
 * @param {number} from index into the log
 * @param {number} to
 */
function rowsOf(state, from, to) {
  return state.log.slice(from, to).map((entry, n) => {
    const previous = state.log[from + n - 1];
    const nodes = [row(entry, previous, state)];
    if (beginsDay(entry, previous)) nodes.unshift(dayDivider(entry, state.language));
    return { key: entry.key, nodes };
  });
}

/**
 * @param {State} state
 * @param {number} from index into the log
 */
function countOthers({ log, me }, from) {
  return log.slice(from).filter((entry) => isOthers(entry, me)).length;
}

/**
 * @param {State} state
 * @param {Entry | undefined} first
 */
function beginningSentence({ language, older, link }, first) {
  const words = WORDS[language];
  if (first?.kind !== 'chat') return '';
  if (older.more) return older.asked && link.status === 'open' ? words['older-asked'] : '';
  return first.id === 1 ? words['log-begins'] : words['older-gone'];
}
