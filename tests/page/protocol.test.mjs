/** Holds the frame types of the page to the examples in `docs/protocol.md`. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const ROOT = path.join(import.meta.dirname, '../..');
const TYPES = ['auth', 'user-list', 'online', 'offline', 'dropped', 'chat', 'server-time', 'error', 'say', 'ack', 'history', 'gap', 'typing', 'away'];

test('the examples in the documents have the types of the page', async () => {
  const text = await readFile(path.join(ROOT, 'docs/protocol.md'), 'utf8');
  const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].flatMap((match) => values(String(match[1])));
  const seen = new Set(examples.map((example) => example.type));
  for (const type of TYPES) assert.ok(seen.has(type), `docs/protocol.md shows no ${type}`);

  // Beside the types, so that the import is a relative one; the compiler judges the rest.
  const folder = await mkdtemp(path.join(ROOT, 'tests/page/.examples-'));
  try {
    const lines = examples.map((example, n) => `export const example${n}: ServerFrame | ClientCommand = ${JSON.stringify(example)};`);
    const imported = "import type { ClientCommand, ServerFrame } from '../../../static/types.d.ts';\n";
    await writeFile(path.join(folder, 'examples.ts'), imported + lines.join('\n'));
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--ignoreConfig', '--allowImportingTsExtensions', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, ...options, path.join(folder, 'examples.ts')]).catch(
      (failure) => ({ stdout: String(failure.stdout || failure) }),
    );
    assert.equal(stdout, '');
  } finally {
    await rm(folder, { recursive: true });
  }
});

/**
 * The messages in a block: one value, or one on each line.
 *
 * @param {string} block
 * @returns {{ type: string }[]}
 */
function values(block) {
  try {
    return [JSON.parse(block)].filter(isMessage);
  } catch {
    return block.split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line)).filter(isMessage);
  }
}

/** @param {any} value */
function isMessage(value) {
  return typeof value?.type === 'string';
}
