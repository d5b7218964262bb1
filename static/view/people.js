/**
 * Who is here: the list, the counts, and oneself at its foot.
 *
 * @import { Actions, State, User } from '../types.d.ts'
 */

import { WORDS } from '../words.js';
import { fromTemplate, hook, paintAvatar, setText } from './elements.js';

/** The most people shown by name; the rest are a number. */
const SHOWN_LIMIT = 200;

/** @param {Actions} actions */
export function createPeople(actions) {
  const list = hook('people');
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
    const isSame = state.people === before?.people && state.me === before.me && state.language === before.language;
    if (isSame || state.place !== 'room') return;
    latest = state;
    renderCounts(state);
    // A storm of comings and goings is drawn once a frame; a hidden page draws none of it.
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (latest) renderList(latest);
    });
  }

  /** @param {State} state */
  function renderCounts({ people, me, language }) {
    const words = WORDS[language];
    const count = people.size;
    // Nobody at all means that the list has not come yet: one is always there oneself.
    setText(hook('people-count'), count === 0 ? '' : String(count));
    setText(hook('people-badge'), count === 0 ? '' : String(count));
    setText(hook('people-line'), count === 0 ? '' : words['people-count']({ count }));
    hook('side-open').setAttribute('aria-label', `${words['people-open']}: ${count}`);
    if (!me) return;
    setText(hook('my-name'), me.name);
    // It is cut where it is too long.
    hook('my-name').title = me.name;
    paintAvatar(hook('my-avatar'), me);
  }

  /** @param {State} state */
  function renderList({ people, me, language }) {
    const collator = new Intl.Collator(language, { numeric: true });
    const sorted = [...people.values()].sort(
      (one, other) => Number(other.id === me?.id) - Number(one.id === me?.id) || collator.compare(one.name, other.name),
    );
    const words = WORDS[language];
    list.replaceChildren(
      ...sorted.slice(0, SHOWN_LIMIT).map((user) => person(user, user.id === me?.id ? words.you : '')),
    );
    const count = sorted.length - SHOWN_LIMIT;
    more.hidden = count <= 0;
    if (count > 0) more.textContent = words['people-more']({ count });
  }

  return { render };
}

/**
 * @param {User} user
 * @param {string} you what stands behind one's own name
 */
function person(user, you) {
  const { element, part } = fromTemplate('person');
  paintAvatar(part('avatar'), user);
  part('name').textContent = user.name;
  part('you').textContent = you;
  element.dataset['user'] = user.id;
  return element;
}
