/** Words of the plots. Not part of `words.js`: they come with the plots, when these are wanted. */

export const en = {
  'plot-empty': /** @param {{ label: string }} _ */ ({ label }) => `${label}: nothing measured yet`,
  'plot-summary': /** @param {{ label: string, series: string[] }} _ */ ({ label, series }) =>
    `${label}. ${series.join('; ')}.`,
  'plot-series': /** @param {{ name: string, last: string, least: string, most: string }} _ */ ({ name, last, least, most }) =>
    `${name}: now ${last}, least ${least}, most ${most}`,
  'plot-nothing': 'none',
};

/** @type {typeof en} */
export const zh = {
  'plot-empty': ({ label }) => `${label}：还没有数据`,
  'plot-summary': ({ label, series }) => `${label}。${series.join('；')}。`,
  'plot-series': ({ name, last, least, most }) => `${name}：现在 ${last}，最小 ${least}，最大 ${most}`,
  'plot-nothing': '无',
};

export const WORDS = { en, zh };
