/**
 * One entry of the log as an element: what was said, who came or went, or that something is missing.
 *
 * @import { Entry, Language, State } from '../../types.d.ts'
 */

import { day } from '../../format.js';
import { WORDS, droppedSentence } from '../../words.js';
import { fillTime, fromTemplate, paintAvatar } from '../elements.js';
import { renderText } from '../text.js';
import { continues } from './grouping.js';

/**
 * @param {Entry} entry
 * @param {Entry | undefined} previous
 * @param {State} state
 */
export function row(entry, previous, state) {
  if (entry.kind === 'chat') return said(entry, previous, state);
  if (entry.kind === 'presence') return quiet(entry, state.language);
  return divider(gapSentence(entry, state.language), 'is-gap');
}

/**
 * @param {Entry} entry not a gap: it has no time
 * @param {Language} language
 */
export function dayDivider(entry, language) {
  return divider(entry.kind === 'gap' ? '' : day(entry.at, language), 'is-day');
}

/** @param {Language} language */
export function newsDivider(language) {
  const element = divider(WORDS[language]['new-since'], 'is-new');
  // Whoever comes back hears the lines themselves.
  element.setAttribute('aria-live', 'off');
  return element;
}

/**
 * @param {Extract<Entry, { kind: 'chat' }>} entry
 * @param {Entry | undefined} previous
 * @param {State} state
 */
function said(entry, previous, { language, me, people }) {
  const isOwn = me?.id === entry.user.id;
  const { element, part } = fromTemplate('said');
  element.classList.toggle('is-own', isOwn);
  element.classList.toggle('is-continued', continues(entry, previous));
  paintAvatar(part('avatar'), entry.user);
  // The author's colour is the avatar's.
  element.style.setProperty('--hue', part('avatar').style.getPropertyValue('--hue'));
  part('name').textContent = isOwn ? WORDS[language]['said-by-you'] : entry.user.name;
  part('text').append(renderText(entry.text, { people, me }));
  fillTime(part('time'), entry.at, language);
  return element;
}

/**
 * @param {Extract<Entry, { kind: 'presence' }>} entry
 * @param {Language} language
 */
function quiet(entry, language) {
  const { element, part } = fromTemplate('quiet');
  element.classList.add(`is-${entry.change}`);
  part('text').textContent = presenceSentence(entry, language);
  fillTime(part('time'), entry.at, language);
  return element;
}

/**
 * @param {Extract<Entry, { kind: 'presence' }>} entry
 * @param {Language} language
 */
function presenceSentence(entry, language) {
  // A name that runs from right to left must not turn the sentence round: FIRST STRONG ISOLATE and its end.
  const name = `\u2068${entry.user.name}\u2069`;
  const words = WORDS[language];
  if (entry.change === 'dropped') return droppedSentence(language, entry.reason, name);
  return words[entry.change === 'online' ? 'came-online' : 'went-offline']({ name });
}

/**
 * @param {Extract<Entry, { kind: 'gap' }>} entry
 * @param {Language} language
 */
function gapSentence({ gap, lines }, language) {
  const words = WORDS[language];
  if (gap === 'restarted') return words['gap-restarted'];
  return lines === null ? words['gap-unknown'] : words['gap-missed']({ count: lines });
}

/**
 * @param {string} text
 * @param {'is-day' | 'is-gap' | 'is-new'} kind
 */
function divider(text, kind) {
  const { element, part } = fromTemplate('divider');
  element.classList.add(kind);
  part('text').textContent = text;
  return element;
}
