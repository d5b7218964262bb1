/**
 * Who is mentioned in a text: `@` and the whole name of somebody who is here. Pure.
 *
 * @import { User } from '../types.d.ts'
 * @import { FindMention } from './tree.d.ts'
 */

/** Names have up to 32 characters; the longest that fits is meant. Code points. */
const NAME_LIMIT = 32;
/** The first so many of a text are looked at: more is no mention, but a nuisance. */
const MENTION_LIMIT = 50;

/** By the map, which is another one whenever somebody comes or goes. @type {WeakMap<object, Map<string, User>>} */
const foldedNames = new WeakMap();

/**
 * @param {ReadonlyMap<string, User>} people
 * @param {User | null} me
 * @returns {FindMention}
 */
export function mentionFinder(people, me) {
  const byName = namesOf(people);
  const mine = me && fold(me.name);
  let looked = 0;
  return (text, at) => {
    if (looked === MENTION_LIMIT) return null;
    looked += 1;
    const points = Array.from(text.slice(at + 1, at + 1 + 2 * NAME_LIMIT)).slice(0, NAME_LIMIT);
    for (let count = points.length; count > 0; count -= 1) {
      const name = points.slice(0, count).join('');
      const user = fold(name) === mine ? me : byName.get(fold(name));
      const end = at + 1 + name.length;
      if (user && isEndOfName(text, end)) return { user, length: end - at };
    }
    return null;
  };
}

/** @param {ReadonlyMap<string, User>} people */
function namesOf(people) {
  const known = foldedNames.get(people);
  if (known) return known;
  const names = new Map(Array.from(people.values(), (user) => [fold(user.name), user]));
  foldedNames.set(people, names);
  return names;
}

/** @param {string} name */
export function fold(name) {
  return name.normalize('NFKC').toLowerCase();
}

/**
 * `@Ada` is not in `@Adam`; but Chinese goes on without a space.
 *
 * @param {string} text
 * @param {number} end
 */
function isEndOfName(text, end) {
  const before = /.$/su.exec(text.slice(end - 2, end))?.[0] ?? '';
  const after = String.fromCodePoint(text.codePointAt(end) ?? 32);
  const isLatin = /[\p{L}\p{N}]/u.test(after) && !/\p{Script=Han}/u.test(after);
  return !isLatin || /\p{Script=Han}/u.test(before);
}
