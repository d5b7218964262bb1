/** Words of writing: the box, its menus, lines on their way. `words.js` joins them with all others. */

export const en = {};

/** @type {typeof en} */
export const zh = {};
