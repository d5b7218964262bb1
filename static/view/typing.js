/**
 * Who is typing, on a line above the box that is always there, so that nothing moves. Screen readers are not told: it
 * changes all the time, and says nothing that the line which follows does not say better.
 *
 * @import { State } from '../types.d.ts'
 */

import { WORDS } from '../words.js';
import { hook, setText } from './elements.js';

export function createTyping() {
  const line = hook('typing');
  const sentence = hook('typing-text');

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    if (state.typing === before?.typing && state.language === before.language && state.link === before.link) return;
    const others = [...state.typing.values()].filter(({ user }) => user.id !== state.me?.id);
    // Without a connection nobody knows.
    const isKnown = state.link.status === 'open' && others.length > 0;
    if (isKnown) setText(sentence, typingSentence(others.map(({ user }) => user.name), state.language));
    line.classList.toggle('is-shown', isKnown);
  }

  return { render };
}

/**
 * Names are isolated: one that is written from right to left must not turn the rest round.
 *
 * @param {string[]} names at least one
 * @param {State['language']} language
 */
function typingSentence(names, language) {
  const words = WORDS[language];
  const [one = '', other = ''] = names.map((name) => `\u2068${name}\u2069`);
  if (names.length === 1) return words['typing-one']({ name: one });
  return names.length === 2 ? words['typing-two']({ name: one, other }) : words['typing-many'];
}
