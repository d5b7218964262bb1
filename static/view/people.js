/**
 * Who is here and how, who has just gone, the counts, and oneself at the foot.
 *
 * How somebody is stands there in words; the mark on the picture only repeats it.
 *
 * @import { Actions, Departed, State, User } from '../types.d.ts'
 */

import { WORDS, causeSentence } from '../words.js';
import { fromTemplate, hook, paintAvatar, setText } from './elements.js';

/** The most people shown by name; the rest are a number. */
const SHOWN_LIMIT = 200;
/** The most of those who have just gone. */
const GONE_LIMIT = 5;

/** @typedef {'online' | 'away' | 'typing' | 'left' | 'dropped' | 'unknown'} Presence */
/** @typedef {{ element: HTMLElement, part: (name: string) => HTMLElement, user: User }} Row */

/** What of the state is drawn here. */
const DRAWN = /** @type {const} */ (['people', 'me', 'language', 'away', 'departed', 'typing', 'link', 'place']);

/** @param {Actions} actions */
export function createPeople(actions) {
  const here = createRows(hook('people'));
  const gone = createRows(hook('gone'));
  const more = hook('people-more');
  /** @type {State | null} */
  let latest = null;
  let isDue = false;

  hook('leave').addEventListener('click', () => actions.leave());

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    if (state.place !== 'room' || DRAWN.every((part) => state[part] === before?.[part])) return;
    latest = state;
    renderCounts(state);
    // A storm of comings and goings is drawn once a frame; a hidden page draws none of it.
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (latest) renderLists(latest);
    });
  }

  /** @param {State} state */
  function renderCounts(state) {
    const { people, me, language } = state;
    const words = WORDS[language];
    const count = people.size;
    // Nobody at all means that the list has not come yet: one is always there oneself.
    setText(hook('people-count'), count === 0 ? '' : String(count));
    setText(hook('people-badge'), count === 0 ? '' : String(count));
    setText(hook('people-line'), count === 0 ? '' : countSentence(state));
    renderWay(state);
    hook('side-open').setAttribute('aria-label', `${words['people-open']}: ${count}`);
    if (!me) return;
    setText(hook('my-name'), me.name);
    // It is cut where it is too long.
    hook('my-name').title = me.name;
    paintAvatar(hook('my-avatar'), me);
  }

  /** @param {State} state */
  function renderWay({ way, spoiled, language }) {
    const words = WORDS[language];
    const name = way === null ? '' : words[/** @type {const} */ (`way-${way}`)];
    const isByHttp = way !== null && way !== 'websocket';
    const why = isByHttp && spoiled ? causeSentence(language, 'no-upgrade', spoiled) : '';
    setText(hook('way'), [name, why].filter(Boolean).join('\n'));
    const short = hook('way-short');
    short.hidden = !isByHttp;
    setText(short, words['way-short']);
    short.title = name;
  }

  /** @param {State} state */
  function renderLists(state) {
    const { people, me, language, departed } = state;
    const collator = new Intl.Collator(language, { numeric: true });
    const sorted = [...people.values()].sort(
      (one, other) => Number(other.id === me?.id) - Number(one.id === me?.id) || collator.compare(one.name, other.name),
    );
    here.show(sorted.slice(0, SHOWN_LIMIT), state, (user) => presenceOf(user, state));
    const count = sorted.length - SHOWN_LIMIT;
    more.hidden = count <= 0;
    if (count > 0) setText(more, WORDS[language]['people-more']({ count }));
    const last = lastGone(departed);
    hook('gone-part').hidden = last.length === 0;
    gone.show(last.map(({ user }) => user), state, ({ id }) => goneHow(departed.get(id)));
  }

  return { render };
}

/**
 * Rows stay with their person, so that nothing flickers where only a word has changed.
 *
 * @param {HTMLElement} list
 */
function createRows(list) {
  /** @type {Map<string, Row>} */
  let rows = new Map();

  /**
   * @param {User[]} users
   * @param {State} state
   * @param {(user: User) => Presence} presence
   */
  function show(users, { me, language }, presence) {
    const words = WORDS[language];
    const shown = new Map(users.map((user) => [user.id, sameRow(rows.get(user.id), user) ?? newRow(user)]));
    for (const [id, row] of rows) if (shown.get(id) !== row) row.element.remove();
    rows = shown;
    for (const [index, { element, part, user }] of [...shown.values()].entries()) {
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
      const how = presence(user);
      element.dataset['presence'] = how;
      setText(part('you'), user.id === me?.id ? words.you : '');
      setText(part('presence'), presenceWord(how, words));
    }
  }

  return { show };
}

/**
 * @param {Row | undefined} row
 * @param {User} user
 */
function sameRow(row, user) {
  return row?.user.name === user.name ? row : null;
}

/**
 * @param {User} user
 * @returns {Row}
 */
function newRow(user) {
  const { element, part } = fromTemplate('person');
  paintAvatar(part('avatar'), user);
  part('name').textContent = user.name;
  part('name').title = user.name;
  element.dataset['user'] = user.id;
  return { element, part, user };
}

/**
 * @param {User} user
 * @param {State} state
 * @returns {Presence}
 */
function presenceOf({ id }, { link, typing, away, me }) {
  // Without a connection nobody knows.
  if (link.status !== 'open') return 'unknown';
  if (typing.has(id) && id !== me?.id) return 'typing';
  return away.has(id) ? 'away' : 'online';
}

/**
 * @param {Departed | undefined} departed
 * @returns {Presence}
 */
function goneHow(departed) {
  return departed?.change === 'dropped' ? 'dropped' : 'left';
}

/**
 * Who went last stands first.
 *
 * @param {State['departed']} departed
 */
function lastGone(departed) {
  return [...departed.values()].sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, GONE_LIMIT);
}

/**
 * @param {Presence} presence
 * @param {import('../words.js').Words} words
 */
function presenceWord(presence, words) {
  if (presence === 'unknown') return '';
  return presence === 'left' || presence === 'dropped' ? words[`just-${presence}`] : words[`is-${presence}`];
}

/** @param {State} state */
function countSentence({ people, away, language }) {
  const words = WORDS[language];
  const here = words['people-count']({ count: people.size });
  const count = [...away].filter((id) => people.has(id)).length;
  return count === 0 ? here : `${here}${words['people-between']}${words['people-away']({ count })}`;
}
