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

/**
 * A fresh copy of a template's one element, and its parts by name.
 *
 * @param {string} name
 * @returns {{ element: HTMLElement, part: (name: string) => HTMLElement }}
 */
export function fromTemplate(name) {
  const template = document.querySelector(`template[data-template="${name}"]`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`the page has no template ${name}`);
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
 * The hue goes through CSSOM, since the page's policy forbids style attributes.
 *
 * @param {HTMLElement} element
 * @param {User} user
 */
export function paintAvatar(element, user) {
  element.style.setProperty('--hue', String(hue(user.id)));
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
