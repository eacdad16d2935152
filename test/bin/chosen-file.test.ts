import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkChoices } from '../../bin/commands/runs/argument-choice.ts';
import { createUploader, findFile } from '../../bin/commands/runs/chosen-file.ts';
import type { FileEntry } from '../../shared/api/answers.ts';
import { createClient } from '../../shared/client/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowserv-chosen-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const entry = (id: string, name: string, text: string): FileEntry => ({
  id,
  name,
  createdAt: '2026-01-01T00:00:00',
  size: text.length,
});

describe('the text of a file argument (report 17)', () => {
  const path = write('a:b.txt', 'x');
  const group = { files: [entry('id1', 'up.txt', 'x')] };

  it.each([
    ['id1', { source: { fileId: 'id1' } }],
    ['id1:work/x', { source: { fileId: 'id1' }, targetPath: 'work/x' }],
    [path, { source: { path } }],
    [`${path}:in/a:b`, { source: { path }, targetPath: 'in/a:b' }],
    [`${path}: in/c `, { source: { path }, targetPath: 'in/c' }],
  ])('%s selects a file and its target path', async (text, expected) => {
    expect(await findFile(group, text)).toEqual(expected);
  });

  it('is rejected with the reason', async () => {
    mkdirSync(join(folder, 'dir'));
    await expect(findFile(group, 'no:where')).rejects.toThrow(
      "'no:where' is neither a file here nor an upload of",
    );
    await expect(findFile({ files: [] }, 'no')).rejects.toThrow("the file 'no' does not exist");
    await expect(findFile(group, join(folder, 'dir'))).rejects.toThrow('not a file');
  });

  it('is rejected with a path outside the run directory before it is uploaded', () => {
    const parameters = [{ name: 'f', dtype: 'file', index: 0, isRequired: true, target: null }];
    const check = (targetPath?: string) => () =>
      checkChoices({ parameters }, [{ name: 'f', file: { source: { path }, targetPath } }]);
    expect(check('../x')).toThrow("the target path '../x'");
    expect(check()).toThrow('missing target path');
    expect(check('in/x')).not.toThrow();
    expect(() => checkChoices({ parameters }, [])).toThrow("missing argument for 'f'");
  });
});

describe('a file of this computer', () => {
  it('is uploaded once, unless its name or content changes (report 17)', async () => {
    const uploaded: string[] = [];
    const client = createClient({ url: 'http://localhost' });
    client.files.upload = async (_group, content, name) => {
      const text = await content.text();
      uploaded.push(`${name}=${text}`);
      digests.set(`new${uploaded.length}`, sha256(text));
      return entry(`new${uploaded.length}`, name, text);
    };
    const files = [entry('old', 'my_data.txt', 'Ada')];
    const digests = new Map([['old', sha256('Ada')]]);
    client.files.withContent = async (_group, digest) =>
      [...digests].filter(([, known]) => known === digest).map(([id]) => entry(id, '', ''));
    const idOf = createUploader(client, { id: 'g', files });

    const ids = [];
    for (const [name, text] of [
      ['my data.txt', 'Ada'],
      ['my data.txt', 'Bob'],
      ['other.txt', 'Ada'],
      ['other.txt', 'Ada'],
    ] as const) {
      ids.push(await idOf({ source: { path: write(name, text) } }));
    }

    expect(ids).toEqual(['old', 'new1', 'new2', 'new2']);
    expect(uploaded).toEqual(['my data.txt=Bob', 'other.txt=Ada']);
    expect(await idOf({ source: { fileId: 'any' } })).toBe('any');
  });
});
