/**
 * Bans, refusals and settings: lists that change seldom, and are built anew when they do.
 *
 * @import { Ban, Language, RefusalRow, Setting } from './types.d.ts'
 */

import { dateAndTime, hourAndMinute } from '../format.js';
import { fromTemplate, hook, setText } from '../view/elements.js';
import { WORDS, plainWord } from './words.js';

/**
 * @param {Ban[]} bans
 * @param {Language} language
 * @param {(ban: Ban) => void} lift
 */
export function renderBans(bans, language, lift) {
  const words = WORDS[language];
  hook('bans-none').hidden = bans.length > 0;
  const cards = bans.map((ban) => {
    const { element, part } = fromTemplate('ban');
    setText(part('address'), ban.address);
    part('facts').append(
      ...(ban.name === null ? [] : [fact(words['ban-meant-for'], ban.name)]),
      fact(words['ban-reason'], ban.reason || words['no-reason']),
      fact(words['ban-made'], dateAndTime(ban.at, language)),
      fact(words['ban-ends'], ban.until === null ? words['ban-for-good'] : dateAndTime(ban.until, language)),
    );
    const button = part('lift');
    setText(button, words.lift);
    button.setAttribute('aria-label', words['lift-label']({ address: ban.address }));
    button.addEventListener('click', () => lift(ban));
    return element;
  });
  hook('bans').replaceChildren(...cards);
}

/**
 * @param {{ total: number, refusals: RefusalRow[] }} answer
 * @param {Language} language
 * @param {(text: string, code: HTMLElement) => void} copy
 */
export function renderRefusals({ total, refusals }, language, copy) {
  const words = WORDS[language];
  setText(hook('refusals-note'), total === 0 ? words['refusals-none'] : words['refusals-more']({ total }));
  hook('refusals').replaceChildren(...refusals.map((refusal) => refusalCard(refusal, language, copy)));
}

/**
 * @param {RefusalRow} refusal
 * @param {Language} language
 * @param {(text: string, code: HTMLElement) => void} copy
 */
function refusalCard(refusal, language, copy) {
  const words = WORDS[language];
  const { element, part } = fromTemplate('refusal');
  setText(part('what'), plainWord(language, `what-${refusal.what}`));
  setText(part('code'), refusal.code);
  const times = words['refusal-times']({ count: refusal.count, time: hourAndMinute(refusal.first_at, language) });
  const when = [dateAndTime(refusal.at, language), words['refusal-from']({ address: refusal.address }), times];
  setText(part('when'), when.join(' · '));
  part('facts').append(fact(words.got, refusal.got, true), ...(refusal.wanted ? [fact(words.wanted, refusal.wanted, true)] : []));
  const { admit } = refusal;
  setText(part('admit-label'), admit === null ? words['admit-none'] : `${words.admit}:`);
  part('copy').hidden = part('admit').hidden = admit === null;
  if (admit === null) return element;
  setText(part('admit'), admit);
  setText(part('copy'), words.copy);
  part('copy').setAttribute('aria-label', words['copy-label']({ text: admit }));
  part('copy').addEventListener('click', () => copy(admit, part('admit')));
  return element;
}

/**
 * @param {Setting[]} settings
 * @param {Language} language
 * @param {boolean} onlyChanged
 */
export function renderSettings(settings, language, onlyChanged) {
  const shown = onlyChanged ? settings.filter(({ source }) => source !== 'default') : settings;
  const groups = [...new Set(shown.map(({ group }) => group))];
  const parts = groups.map((group) => {
    const members = shown.filter((setting) => setting.group === group);
    const section = document.createElement('div');
    section.className = 'setting-group';
    const heading = document.createElement('h3');
    heading.className = 'setting-heading';
    heading.lang = 'en';
    heading.textContent = group;
    const list = document.createElement('dl');
    list.append(...members.map((setting) => settingRow(setting, language)));
    section.append(heading, list);
    return section;
  });
  hook('settings').replaceChildren(...parts);
}

/**
 * @param {Setting} setting
 * @param {Language} language
 */
function settingRow(setting, language) {
  const words = WORDS[language];
  const { element, part } = fromTemplate('setting');
  setText(part('name'), `--${setting.name}`);
  setText(part('value'), setting.values.join(', ') || setting.default || words['setting-nothing']);
  const source = plainWord(language, `source-${setting.source}`);
  const isSet = setting.source !== 'default';
  const was = isSet && setting.default ? ` (${words['setting-default']({ value: setting.default })})` : '';
  setText(part('source'), isSet ? `${source}: ${setting.place}${was}` : source);
  part('source').classList.toggle('is-set', isSet);
  setText(part('help'), setting.help);
  // The server explains its settings in English alone, as `--help` does.
  part('help').lang = 'en';
  return element;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {boolean} [isCode]
 */
function fact(name, value, isCode = false) {
  const { element, part } = fromTemplate('fact');
  setText(part('name'), name);
  setText(part('value'), value);
  part('value').classList.toggle('is-code', isCode);
  return element;
}
