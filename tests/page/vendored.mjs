/** What stands in static/vendor, made from the packages: `scripts/vendor` writes it, a test compares. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export const FOLDER = path.join(import.meta.dirname, '../../static/vendor');

/** Names and texts of all files. */
export async function vendored() {
  const { resolve } = createRequire(import.meta.url);
  /** @param {string} name */
  const read = (name) => readFile(path.join(path.dirname(resolve('uplot/package.json')), name), 'utf8');
  /** @param {string} name */
  const readSockJs = (name) => readFile(path.join(path.dirname(resolve('sockjs-client/package.json')), name), 'utf8');
  return new Map([
    // The package has its small form only as a script, and half of the module's bytes are comments and long names.
    ['uplot.js', `${(await read('dist/uPlot.iife.min.js')).trimEnd()}\nexport default uPlot;\n`],
    ['uplot.css', await read('dist/uPlot.min.css')],
    ['uplot.LICENSE', await read('LICENSE')],
    // A script, which gives what it has to the window; a module that imports it finds it there.
    ['sockjs.js', (await readSockJs('dist/sockjs.min.js')).replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')],
    ['sockjs.LICENSE', await readSockJs('LICENSE')],
  ]);
}
