/** Links to the server's own source, which it serves to the lab as text. */

import { element } from './build.js';

/**
 * A link to the file in which something happens, in a tab of its own. Paths come from the server, but a link is made only
 * of what looks like a path of its source.
 *
 * @param {string | null} path such as `src/delivery/hub.rs`
 */
export function sourceLink(path) {
  if (path === null || !/^[a-z0-9_]+(\/[a-z0-9_]+)*\.(rs|js|md)$/i.test(path)) return null;
  // A long path breaks where its folders do.
  const parts = path.split('/').flatMap((part, n) => (n === 0 ? [part] : ['/', element('wbr'), part]));
  return element('a', { href: `lab/source/${path}`, target: '_blank', rel: 'noreferrer' }, ...parts);
}
