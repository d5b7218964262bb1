/** Words of the lab. `words.js` joins them with all others. */

export const en = {};

/** @type {typeof en} */
export const zh = {};
