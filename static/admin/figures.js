/**
 * Figures as an operator reads them, and lists in the order that was asked for. Pure.
 *
 * @import { Language, SortKey, UserRow } from './types.d.ts'
 */

const LOCALES = { en: 'en-GB', zh: 'zh-CN' };
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/**
 * `1,234`
 *
 * @param {number} value
 * @param {Language} language
 */
export function count(value, language) {
  return value.toLocaleString(LOCALES[language], { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/**
 * `1.5 KiB`
 *
 * @param {number} bytes
 */
export function size(bytes) {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) [bytes, unit] = [bytes / 1024, unit + 1];
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${UNITS[unit]}`;
}

/**
 * Microseconds as `210 µs`, `1.9 ms` or `2.4 s`.
 *
 * @param {number} micros
 */
export function time(micros) {
  if (micros < 1000) return `${Math.round(micros)} µs`;
  if (micros < 1_000_000) return `${three(micros / 1000)} ms`;
  return `${three(micros / 1_000_000)} s`;
}

/** @param {number} value */
function three(value) {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/**
 * The largest round-trip time of a user, and the sum of what waits for them.
 *
 * @param {UserRow} user
 */
function worst({ sockets }) {
  return {
    roundTrip: Math.max(-1, ...sockets.map((socket) => socket.round_trip ?? -1)),
    queue: sockets.reduce((sum, socket) => sum + socket.queued_bytes, 0),
  };
}

/** @type {Record<SortKey, (one: UserRow, other: UserRow) => number>} */
const ORDERS = {
  name: () => 0,
  since: (one, other) => Date.parse(one.since ?? '') - Date.parse(other.since ?? '') || Number(one.since === null) - Number(other.since === null),
  sockets: (one, other) => one.sockets.length - other.sockets.length,
  queue: (one, other) => worst(one).queue - worst(other).queue,
  'round-trip': (one, other) => worst(one).roundTrip - worst(other).roundTrip,
};

/**
 * Users in an order; those who are alike in it stay as they are, which is by their names.
 *
 * @param {UserRow[]} users by their names
 * @param {SortKey} key
 * @param {boolean} falling
 */
export function sorted(users, key, falling) {
  if (key === 'name') return falling ? users.toReversed() : users;
  return users.toSorted((one, other) => (falling ? ORDERS[key](other, one) : ORDERS[key](one, other)));
}

/**
 * When a ban ends that is made now.
 *
 * @param {string} choice minutes, `until` or `never`
 * @param {string} until as the field for date and time gives it
 * @param {number} now milliseconds since 1970
 * @returns {string | null | undefined} `null` never, `undefined` no time in the future
 */
export function endOf(choice, until, now) {
  if (choice === 'never') return null;
  const end = choice === 'until' ? Date.parse(until) : now + Number(choice) * 60_000;
  return end > now ? new Date(end).toISOString() : undefined;
}
