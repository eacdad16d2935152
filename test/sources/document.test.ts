import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PythonFloat } from '../../shared/documents/python-value.ts';
import { MAX_DOCUMENT_BYTES, MAX_INCLUDED_FILES, readDocumentFile } from '../../shared/sources/document.ts';
import {
  MAX_INSTRUCTIONS_INCLUDES,
  MAX_INSTRUCTIONS_LENGTH,
  readInstructions,
} from '../../shared/sources/instructions.ts';
import { faultOfPromise } from '../template/faults.ts';
import { folderWith, temporaryFolder, write } from './source-folder.ts';

/** Reads a document in a folder with these files. */
async function read(files: Readonly<Record<string, string>>, name = 'template.yaml') {
  const folder = await realpath(await folderWith(files));
  return readDocumentFile(name, folder);
}

const faultWith = (files: Readonly<Record<string, string>>, name?: string) =>
  faultOfPromise(read(files, name));

describe('readDocumentFile', () => {
  it('C20: includes the items of a list', async () => {
    const files = {
      'template.yaml': 'parameters:\n  - !include params/a.yaml\n  - !include params/b.json\n',
      'params/a.yaml': 'name: a\ndtype: int\n',
      'params/b.json': '{"name": "b", "defaultValue": 1.0}',
    };

    expect(await read(files)).toStrictEqual({
      parameters: [
        { name: 'a', dtype: 'int' },
        { name: 'b', defaultValue: new PythonFloat(1) },
      ],
    });
  });

  it('rejects repeated keys, or reports each (report 12)', async () => {
    const files = { 'template.yaml': 'a: {b: 1, b: 2, "b": 3}\n<<: {x: 1}\n<<: {x: 2}\n' };
    expect((await faultWith(files)).message).toBe(
      "template.yaml:1:11: the key 'b' is given twice; remove one",
    );
    const folder = await realpath(await folderWith(files));
    const reported: string[] = [];
    const document = await readDocumentFile('template.yaml', folder, (message) => reported.push(message));
    expect(document).toMatchObject({ a: { b: 3 } });
    expect(reported).toHaveLength(2);
    expect((await faultWith({ 'x.json': '{"a": {},\n "a": 1}' }, 'x.json')).message).toContain(
      'x.json:2:2: the key',
    );
  });

  it('reads JSON by its suffix and other files as text', async () => {
    expect(await read({ 'a.json': '{"a": "!include b"}' }, 'a.json')).toEqual({ a: '!include b' });
    expect(await read({ 'template.yaml': 'help: !include help.md\n', 'help.md': '# Help\n' })).toEqual({
      help: '# Help\n',
    });
    expect(await read({ spec: 'a: 1' }, 'spec')).toEqual({ a: 1 });
  });

  it('resolves paths of nested includes from the folder of the first file', async () => {
    const files = {
      'spec/template.yaml': 'a: !include parts/one.yaml\n',
      'spec/parts/one.yaml': 'b: !include parts/two.yaml\nc: !include ../shared.yaml\n',
      'spec/parts/two.yaml': 'deep\n',
      'shared.yaml': 'outer\n',
    };

    expect(await read(files, 'spec/template.yaml')).toEqual({ a: { b: 'deep', c: 'outer' } });
  });

  it('includes all files that match a pattern, ordered by name', async () => {
    const files = {
      'template.yaml': 'some: !include p/*.yaml\nnone: !include q/*.yaml\nall: !include "**/x?.yaml"\n',
      'p/b.yaml': 'b',
      'p/a.yaml': 'a',
      'p/c.json': '"c"',
      'p/d/x1.yaml': 'x1',
      'x2.yaml': 'x2',
    };

    expect(await read(files)).toEqual({ some: ['a', 'b'], none: [], all: ['x1', 'x2'] });
  });

  it('includes a file twice, but never in itself', async () => {
    expect(await read({ 'template.yaml': '[!include a.yaml, !include a.yaml]', 'a.yaml': '{x: 1}' })).toEqual(
      [{ x: 1 }, { x: 1 }],
    );
    for (const files of [
      { 'template.yaml': 'a: !include template.yaml' },
      {
        'template.yaml': 'a: !include b.yaml',
        'b.yaml': '!include c.yaml',
        'c.yaml': 'x: [!include b.yaml]',
      },
      { 'template.yaml': 'a: !include "*.yaml"' },
      { 'template.yaml': 'a: !include b.yaml', 'b.yaml': '-> template.yaml' },
    ]) {
      expect((await faultWith(files)).message).toContain('includes itself');
    }
  });

  it.each([
    ['../secret.yaml', {}],
    ['/etc/hostname', {}],
    ['a/../../secret.yaml', {}],
    ['../*.yaml', {}],
    ['link.yaml', { 'link.yaml': '-> ../secret.yaml' }],
    ['folder/secret.yaml', { folder: '-> ..' }],
    ['*/secret.yaml', { folder: '-> ..' }],
    ['.git/config', { '.git/config': 'token' }],
    ['x', { x: '-> .git/config', '.git/config': 'token' }],
  ])('never leaves the source for !include %s', async (path, files) => {
    const outer = await realpath(await folderWith({ 'secret.yaml': 'top secret' }));
    await write(join(outer, 'source'), { 'template.yaml': `a: !include '${path}'\n`, ...files });

    const fault = await faultOfPromise(readDocumentFile('template.yaml', join(outer, 'source')));

    expect(fault.status).toBe(400);
    expect(fault.message).not.toContain('top secret');
  });

  it('reports file, line and column of an error', async () => {
    const files = { 'template.yaml': 'a: !include parts/b.yaml\n', 'parts/b.yaml': 'x: 1\ny: [\n' };

    expect((await faultWith(files)).message).toContain('parts/b.yaml:3:1: ');
    expect((await faultWith({ 'template.yaml': 'a: !include b.json', 'b.json': '{' })).message).toContain(
      'b.json:1:2',
    );
    expect((await faultWith({ 'template.yaml': 'a: !include b.yaml' })).message).toContain('does not exist');
    expect((await faultWith({})).message).toContain("'template.yaml' does not exist");
    expect((await faultWith({ 'template.yaml/x': '' })).message).toContain('is not a file');
  });

  it('rejects an include bomb by its expanded size', async () => {
    const level = (i: number) =>
      [
        `f${i}.yaml`,
        `[${Array(10)
          .fill(`!include f${i + 1}.yaml`)
          .join(', ')}]`,
      ] as const;
    const levels = Object.fromEntries(Array.from({ length: 12 }, (_, i) => level(i)));

    const fault = await faultWith({ 'template.yaml': '!include f0.yaml', ...levels, 'f12.yaml': 'lol' });

    expect(fault.message).toContain('exceeds');
  });

  it('counts the depth of included files', async () => {
    const files = {
      'template.yaml': `${'['.repeat(60)}!include b.yaml${']'.repeat(60)}`,
      'b.yaml': '['.repeat(60) + ']'.repeat(60),
    };

    expect((await faultWith(files)).message).toContain('nest');
  });

  it('limits the size and number of files', async () => {
    const folder = await realpath(await temporaryFolder());
    const paths = Array.from({ length: MAX_INCLUDED_FILES + 1 }, (_, i) => `p/${i}.yaml`);
    await write(folder, { 'big.yaml': 'x'.repeat(MAX_DOCUMENT_BYTES + 1), 'many.yaml': '!include p/*.yaml' });
    await write(folder, Object.fromEntries(paths.map((path) => [path, '1'])));

    expect((await faultOfPromise(readDocumentFile('big.yaml', folder))).message).toContain('larger than');
    expect((await faultOfPromise(readDocumentFile('many.yaml', folder))).message).toContain('included files');
  });

  it('rejects text that is not UTF-8', async () => {
    const folder = await realpath(await temporaryFolder());
    await writeFile(join(folder, 'a.yaml'), Buffer.from([0x61, 0xff, 0xfe]));

    expect((await faultOfPromise(readDocumentFile('a.yaml', folder))).message).toContain('UTF-8');
  });
});

describe('readInstructions', () => {
  const instructions = async (files: Readonly<Record<string, string>>) =>
    readInstructions('docs/main.md', await realpath(await folderWith(files)));

  it('C19: inserts included files without surrounding white space', async () => {
    const files = {
      'docs/main.md': '\n# A\n{{one.md}}\n{{parts/two.md}}\n',
      'docs/one.md': '\n 1 \n',
      'docs/parts/two.md': '2',
    };

    expect(await instructions(files)).toBe('# A\n1\n2');
  });

  it('resolves paths from the folder of the including file, and accepts text of any kind', async () => {
    const files = {
      'docs/main.md': '{{parts/a.md}} $& $1 { {x} } {{../top.md}}',
      'docs/parts/a.md': '<{{b.md}}>',
      'docs/parts/b.md': '$&',
      'top.md': 'T',
    };

    expect(await instructions(files)).toBe('<$&> $& $1 { {x} } T');
  });

  it.each([
    [{ 'docs/main.md': '{{none.md}}' }, 'does not exist'],
    [{}, 'does not exist'],
    [{ 'docs/main.md': '{{a.md}}', 'docs/a.md': '{{main.md}}' }, 'includes itself'],
    [{ 'docs/main.md': '{{../../x}}' }, 'leaves the source directory'],
    [{ 'docs/main.md': '{{a}}', 'docs/a': '-> /etc/hostname' }, 'leaves the source directory'],
    [{ 'docs/main.md': '{{}}' }, 'is not a file'],
  ])('rejects %o', async (files, reason) => {
    const fault = await faultOfPromise(instructions(files));

    expect(fault.message).toContain(reason);
    expect(fault.status).toBe(400);
  });

  it('limits the number of includes and the length of the text', async () => {
    const level = (i: number) => [`docs/f${i}.md`, `{{f${i + 1}.md}}`.repeat(10)] as const;
    const bomb = Object.fromEntries(Array.from({ length: 12 }, (_, i) => level(i)));
    const long = { 'docs/long.md': 'x'.repeat(MAX_INSTRUCTIONS_LENGTH / 2) };

    const many = await faultOfPromise(
      instructions({ 'docs/main.md': '{{f0.md}}', ...bomb, 'docs/f12.md': 'lol' }),
    );
    const tooLong = await faultOfPromise(instructions({ 'docs/main.md': '{{long.md}}{{long.md}}', ...long }));

    expect(many.message).toContain(`more than ${MAX_INSTRUCTIONS_INCLUDES} files`);
    expect(tooLong.message).toContain(`exceed ${MAX_INSTRUCTIONS_LENGTH} characters`);
  });
});
