import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { KINDS } from '../proxies/kinds.mjs';
import { change } from '../proxies/proxy.mjs';

const ROOT = path.join(import.meta.dirname, '../..');

for (const file of ['docs/proxies.md', 'README.md']) {
  test(`each line for a proxy in ${file} is one that the tests have tried`, async () => {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    for (const [name, kind] of Object.entries(KINDS)) {
      const shipped = await readFile(path.join(ROOT, 'deploy', kind.file), 'utf8');
      const tried = [[], kind.path, kind.reuse].map((changes) => changes.reduce(change, shipped)).join('\n');
      const lines = [...text.matchAll(new RegExp(`^ *\`\`\`${name}\\n([^]*?)^ *\`\`\``, 'gm'))].flatMap(([, block = '']) => block.split('\n'));
      if (file.startsWith('docs') && name === 'nginx') assert.notEqual(lines.length, 0, name);
      for (const line of lines.map((line) => line.trim())) assert.ok(tried.includes(line), line);
    }
  });
}
