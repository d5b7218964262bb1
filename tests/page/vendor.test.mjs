import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { FOLDER, vendored } from './vendored.mjs';

test('what comes from packages is as the packages have it', async () => {
  for (const [name, text] of await vendored()) {
    assert.ok((await readFile(path.join(FOLDER, name), 'utf8')) === text, `${name}: run scripts/vendor`);
  }
});

test('every library stands beside its licence', async () => {
  const names = await readdir(FOLDER);
  const libraries = names.filter((name) => name.endsWith('.js'));
  assert.ok(libraries.length > 0);
  for (const name of libraries) assert.ok(names.includes(name.replace(/\.js$/, '.LICENSE')), name);
});
