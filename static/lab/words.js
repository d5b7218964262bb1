/** All words of the lab, in both languages. They come with the lab, not with the page. */

import * as codes from './words/codes.js';
import * as panel from './words/panel.js';
import * as reports from './words/reports.js';
import * as tour from './words/tour.js';
import * as trials from './words/trials.js';

const en = { ...panel.en, ...reports.en, ...codes.en, ...trials.en, ...tour.en };

/** @typedef {typeof en} LabWords */

/** @type {Record<import('../types.d.ts').Language, LabWords>} */
export const LAB_WORDS = { en, zh: { ...panel.zh, ...reports.zh, ...codes.zh, ...trials.zh, ...tour.zh } };
