/**
 * The table of who is here. By name the server gives one page at a time; for any other order all who match are asked
 * for, in slices, and sorted here.
 *
 * @import { Language, SortKey, UserRow } from './types.d.ts'
 */

import { dateAndTime, timeOfDay } from '../format.js';
import { fromTemplate, hook, setText } from '../view/elements.js';
import { askUsers } from './api.js';
import { size, sorted, time } from './figures.js';
import { WORDS } from './words.js';

const PAGE = 50;
/** The most that the server gives at once. */
const SLICE = 500;
/** Milliseconds between two looks: of a page by name, and of all. */
const PAUSE = { page: 2000, all: 10_000 };
/** Milliseconds after the last key until a search begins. */
const TYPING = 200;
/** More sockets of one user than this are not told. */
const SOCKETS = 32;

/**
 * @param {Language} first
 * @param {{ kick: (user: UserRow) => void, ban: (user: UserRow) => void, guard: <T>(asked: Promise<T>) => Promise<T | null> }} desk
 */
export function createPeople(first, desk) {
  const body = hook('people');
  const search = /** @type {HTMLInputElement} */ (hook('search'));
  const order = /** @type {HTMLSelectElement} */ (hook('sort'));
  /** The rows on the screen, by the ids of their users. @type {Map<string, ReturnType<typeof makeRow>>} */
  let rows = new Map();
  let language = first;
  let page = 0;
  let due = 0;
  /** Grows with each question, so that an old answer does not stand over a new one. */
  let asked = 0;
  /** @type {{ users: UserRow[], matching: number, total: number } | null} */
  let shown = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  hook('search-form').addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => void turn(0), TYPING);
  });
  order.addEventListener('change', () => void turn(0));
  hook('page-back').addEventListener('click', () => void turn(page - 1));
  hook('page-on').addEventListener('click', () => void turn(page + 1));

  /** @param {number} to */
  function turn(to) {
    page = Math.max(0, to);
    return look();
  }

  async function look() {
    const mine = ++asked;
    const byName = order.value === 'name';
    due = Infinity;
    const answer = await desk.guard(byName ? onePage(search.value, page) : all(search.value, order.value, page));
    if (mine !== asked) return;
    due = performance.now() + (byName ? PAUSE.page : PAUSE.all);
    if (!answer) return;
    shown = answer;
    // The last ones of a page may have gone.
    const last = Math.max(0, Math.ceil(answer.matching / PAGE) - 1);
    if (page > last) return void turn(last);
    render();
  }

  function render() {
    if (!shown) return;
    const { users, matching, total } = shown;
    const words = WORDS[language];
    setText(hook('people-found'), words['people-found']({ matching, total }));
    const none = hook('people-none');
    none.hidden = matching > 0;
    setText(none, total === 0 ? words['people-none'] : words['people-none-found']);
    const before = rows;
    rows = new Map(users.map((user) => [user.id, before.get(user.id) ?? makeRow()]));
    for (const user of users) fillRow(rows.get(user.id), user, language, desk);
    const elements = [...rows.values()].map(({ element }) => element);
    // What stays is not moved, or a button would lose the focus.
    for (const [id, { element }] of before) if (!rows.has(id)) element.remove();
    for (const [index, element] of elements.entries()) {
      if (body.children[index] !== element) body.insertBefore(element, body.children[index] ?? null);
    }
    renderPager(matching);
  }

  /** @param {number} matching */
  function renderPager(matching) {
    const pages = Math.max(1, Math.ceil(matching / PAGE));
    hook('pager').hidden = pages === 1;
    setText(hook('page-now'), WORDS[language]['page-now']({ page: page + 1, pages }));
    hook('page-back').setAttribute('aria-disabled', String(page === 0));
    hook('page-on').setAttribute('aria-disabled', String(page + 1 >= pages));
  }

  return {
    look,
    /** Looks again if it is time to. */
    tick: () => (performance.now() >= due ? look() : undefined),
    clear() {
      asked += 1;
      [shown, page, due, rows] = [null, 0, 0, new Map()];
      body.replaceChildren();
      search.value = '';
    },
    /** @param {Language} next */
    translate(next) {
      language = next;
      render();
    },
  };
}

/**
 * @param {string} query
 * @param {number} page
 */
async function onePage(query, page) {
  return askUsers(query, page * PAGE, PAGE);
}

/**
 * @param {string} query
 * @param {string} order such as `queue-falling`
 * @param {number} page
 */
async function all(query, order, page) {
  /** Who comes meanwhile moves others to the next slice. @type {Map<string, UserRow>} */
  const users = new Map();
  for (let offset = 0; ; offset += SLICE) {
    const { users: slice, matching, total } = await askUsers(query, offset, SLICE);
    for (const user of slice) users.set(user.id, user);
    if (slice.length > 0 && offset + SLICE < matching) continue;
    const key = /** @type {SortKey} */ (order.replace(/-falling$/, ''));
    const ordered = sorted([...users.values()], key, order.endsWith('-falling'));
    return { users: ordered.slice(page * PAGE, (page + 1) * PAGE), matching, total };
  }
}

function makeRow() {
  const { element, part } = fromTemplate('user');
  /** @type {UserRow | null} */
  const user = null;
  return { element, part, user: /** @type {{ now: UserRow | null }} */ ({ now: user }), wired: { done: false } };
}

/**
 * @param {ReturnType<typeof makeRow> | undefined} row
 * @param {UserRow} user
 * @param {Language} language
 * @param {{ kick: (user: UserRow) => void, ban: (user: UserRow) => void }} desk
 */
function fillRow(row, user, language, desk) {
  if (!row) return;
  const words = WORDS[language];
  const { part } = row;
  row.user.now = user;
  setText(part('name'), user.name);
  setText(part('id'), user.id);
  const { sockets } = user;
  const places = sockets.map(({ address }) => address);
  if (sockets.length === 0) places.push(words['no-socket']);
  if (sockets.length === SOCKETS) places.push(words['more-sockets']({ count: SOCKETS }));
  lines(part('since'), sockets.map(({ since }) => timeOfDay(since, language)));
  part('since').title = user.since ? dateAndTime(user.since, language) : '';
  lines(part('address'), places);
  lines(part('queue'), sockets.map(({ queued_bytes }) => size(queued_bytes)));
  lines(part('round-trip'), sockets.map(({ round_trip }) => (round_trip === null ? '–' : time(round_trip))));
  lines(part('dialect'), sockets.map(({ protocol }) => protocol || words['dialect-plain']));
  for (const what of /** @type {const} */ (['kick', 'ban'])) {
    const button = part(what);
    setText(button, words[what]);
    button.setAttribute('aria-label', words[`${what}-label`]({ name: user.name }));
    if (!row.wired.done) button.addEventListener('click', () => row.user.now && desk[what](row.user.now));
  }
  row.wired.done = true;
  for (const [name, key] of CELLS) part(name).dataset['column'] = words[key];
}

/** What a cell is called where the table has no head: on a phone. */
const CELLS = /** @type {const} */ ([
  ['since', 'column-since'],
  ['address', 'column-address'],
  ['queue', 'column-queue'],
  ['round-trip', 'column-round-trip'],
  ['dialect', 'column-dialect'],
]);

/**
 * A line for each socket, at the same height in all cells.
 *
 * @param {HTMLElement} cell
 * @param {string[]} texts
 */
function lines(cell, texts) {
  while (cell.children.length > texts.length) cell.lastElementChild?.remove();
  for (const [index, text] of texts.entries()) {
    let line = cell.children[index];
    if (!line) {
      line = document.createElement('span');
      line.className = 'line';
      cell.append(line);
    }
    if (line.textContent !== text) line.textContent = text;
  }
}
