/**
 * Elements from code: the lab is made when it is first opened, so it has no templates in the page. What is foreign comes
 * in as text only.
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @typedef {Record<string, string | number | boolean | null | undefined>} Attributes `false`, `null` and what is not
 *   defined leave the attribute out
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children strings become text
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function drawn(tag, attributes = {}, ...children) {
  return filled(/** @type {SVGElementTagNameMap[T]} */ (document.createElementNS(SVG, tag)), attributes, children);
}

/**
 * @param {string} label
 * @param {() => void} act
 * @param {Attributes} [attributes]
 */
export function button(label, act, attributes = {}) {
  const made = element('button', { type: 'button', class: 'button lab-button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

/**
 * @param {string} label
 * @param {(isOn: boolean) => void} changed
 * @param {Attributes} [attributes]
 */
export function checkbox(label, changed, attributes = {}) {
  const box = element('input', { type: 'checkbox', ...attributes });
  if (attributes['checked']) box.checked = true;
  box.addEventListener('change', () => changed(box.checked));
  return { box, label: element('label', { class: 'lab-check' }, box, element('span', {}, label)) };
}

/**
 * @template {Element} T
 * @param {T} made
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {T}
 */
function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
