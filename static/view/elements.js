/**
 * Finding and filling elements. Foreign text enters the page only by `textContent`, structure only by `<template>`.
 *
 * @import { Language, User } from '../types.d.ts'
 */

import { dateAndTime, hourAndMinute, hue, initials } from '../format.js';

/**
 * The element with the hook `data-<name>`; scripts know elements by these alone, styles by classes.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} name
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function hook(name, within = document) {
  const element = within.querySelector(`[data-${name}]`);
  if (!element) throw new Error(`the page has no element with data-${name}`);
  return /** @type {T} */ (element);
}

/** Looked for once: they stand behind a log of thousands of elements. @type {Map<string, HTMLTemplateElement>} */
const templates = new Map();

/**
 * A fresh copy of a template's one element, and its parts by name.
 *
 * @param {string} name
 * @returns {{ element: HTMLElement, part: (name: string) => HTMLElement }}
 */
export function fromTemplate(name) {
  const template = templates.get(name) ?? findTemplate(name);
  const element = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
  return {
    element,
    part(part) {
      const found = element.querySelector(`[data-part="${part}"]`);
      if (!found) throw new Error(`template ${name} has no part ${part}`);
      return /** @type {HTMLElement} */ (found);
    },
  };
}

/**
 * @param {string} name
 * @returns {HTMLTemplateElement}
 */
function findTemplate(name) {
  const template = document.querySelector(`template[data-template="${name}"]`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`the page has no template ${name}`);
  templates.set(name, template);
  return template;
}

/** As many as one can tell apart: every 30 degrees. */
const HUES = Array.from({ length: 12 }, (_, n) => n * 30);
/** How far apart they should be while there are few. Degrees; the last is any that nobody has. */
const GAPS = [90, 60, 30];
/** More people than this are forgotten, and may get another hue when they are seen again. */
const HUES_KEPT = 500;
/** Who has which on this page. @type {Map<string, number>} */
const hues = new Map();

/**
 * A hue in degrees that is nobody else's, as long as there are any left: the nearest to the one that the id asks for.
 *
 * @param {User} user
 */
function hueOf({ id }) {
  const known = hues.get(id);
  if (known !== undefined) return known;
  const wanted = hue(id);
  const choices = HUES.toSorted((one, other) => distance(one, wanted) - distance(other, wanted));
  const taken = [...new Set(hues.values())];
  const gap = GAPS.find((gap) => choices.some((choice) => isClear(choice, taken, gap))) ?? 0;
  const chosen = choices.find((choice) => isClear(choice, taken, gap)) ?? wanted;
  if (hues.size === HUES_KEPT) hues.delete(hues.keys().next().value ?? '');
  hues.set(id, chosen);
  return chosen;
}

/**
 * @param {number} choice
 * @param {number[]} taken
 * @param {number} gap
 */
function isClear(choice, taken, gap) {
  return taken.every((hue) => distance(hue, choice) >= gap);
}

/**
 * Degrees on the circle.
 *
 * @param {number} one
 * @param {number} other
 */
function distance(one, other) {
  const apart = Math.abs(one - other) % 360;
  return Math.min(apart, 360 - apart);
}

/**
 * The hue goes through CSSOM, since the page's policy forbids style attributes.
 *
 * @param {HTMLElement} element
 * @param {User} user
 */
export function paintAvatar(element, user) {
  element.style.setProperty('--hue', String(hueOf(user)));
  element.textContent = initials(user.name);
}

/**
 * @param {HTMLElement} element a `<time>`
 * @param {string} at
 * @param {Language} language
 */
export function fillTime(element, at, language) {
  element.setAttribute('datetime', at);
  element.title = dateAndTime(at, language);
  element.textContent = hourAndMinute(at, language);
}

/**
 * Writes only what changed, so that a live region is not read out again.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
