/** Words of reading: the log, the people, notifications. `words.js` joins them with all others. */

export const en = {};

/** @type {typeof en} */
export const zh = {};
