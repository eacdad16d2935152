import { execFileSync } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource, type SourceOptions } from '../../shared/sources/folder.ts';
import { completeManifest, parseManifest } from '../../shared/template/manifest.ts';
import { faultOf, faultOfPromise } from '../template/faults.ts';
import { folderWith, temporaryFolder, write } from './source-folder.ts';

const TEMPLATE =
  'workflow: {steps: []}\nresults: {file: r.json, schema: [{name: a, label: A, dtype: int}]}\n';
const FILES = {
  'flowserv.yaml':
    'name: Hello World\ndescription: Demo\ninstructions: docs/help.md\nspecfile: template.yaml\n',
  'template.yaml': TEMPLATE,
  'docs/help.md': ' Help. \n',
  'code/a.py': 'a',
  'code/lib/b.py': 'bb',
  'data/names.txt': 'Alice\n',
};

/** The source of a folder with the standard files and others. */
const sourceWith = async (files: Readonly<Record<string, string>> = {}, options?: SourceOptions) =>
  readSource(await folderWith({ ...FILES, ...files }), options);

const manifestWith = (files: string) => ({
  'flowserv.yaml': `name: X\nspecfile: template.yaml\nfiles: ${files}\n`,
});

/** Returns the paths of the static files of a manifest's file list. */
const pathsWith = async (list: string, files: Readonly<Record<string, string>> = {}) =>
  (await sourceWith({ ...manifestWith(list), ...files })).files.map(({ path }) => path);

describe('parseManifest', () => {
  const complete = (document: unknown) => completeManifest(parseManifest(document), {});

  it('C17: rejects unknown elements, a missing name and a missing template', () => {
    expect(faultOf(() => complete({ name: 'x', workflowSpec: 'y' })).message).toContain(
      "invalid manifest: unknown element 'workflowSpec'",
    );
    expect(faultOf(() => complete({ description: 'x' })).message).toContain('missing name');
    expect(faultOf(() => complete({ name: 'x' })).message).toContain('missing workflow specification');
  });

  it('reads the access to a file in its long and short form', () => {
    const files = [
      { source: 'a', access: 'private' },
      { source: 'b', private: true },
      { source: 'c', private: false },
      { source: 'd' },
    ];
    const access = parseManifest({ files }).files?.map((file) => file.access);
    expect(access).toEqual(['private', 'private', 'steps', undefined]);
  });

  it.each([
    [{ files: {} }],
    [{ files: [{ target: 'x' }] }],
    [{ files: [{ source: 'x', mode: 1 }] }],
    [{ files: [{ source: 'x', access: 'privat' }] }],
    [{ files: [{ source: 'x', private: 'yes' }] }],
    [{ files: [{ source: 'x', access: 'steps', private: true }] }],
    [{ files: [{ source: '/etc' }] }],
    [{ files: [{ source: '../x' }] }],
    [{ files: [{ source: 'x', target: '../y' }] }],
    [{ files: [{ source: 'x', target: '/' }] }],
    [{ files: Array(1_001).fill({ source: 'x' }) }],
    [{ specfile: '/etc/passwd' }],
    [{ instructions: '../x' }],
    [{ name: [] }],
    [[]],
    ['text'],
  ])('rejects %o', (document) => {
    expect(faultOf(() => parseManifest(document)).message).toContain('invalid manifest: ');
  });

  it('reads an empty document as an empty manifest', () => {
    expect(parseManifest(null)).toEqual({});
  });
});

describe('readSource', () => {
  it('C5: lists exactly the files of the manifest, under their own paths', async () => {
    const list = '[{source: code/}, {source: data}, {source: n.ipynb}]';

    expect(await pathsWith(list, { 'n.ipynb': '{}', 'other.txt': 'x' })).toEqual([
      'code/a.py',
      'code/lib/b.py',
      'data/names.txt',
      'n.ipynb',
    ]);
  });

  it('C6: uses options instead of the manifest', async () => {
    const options = {
      name: ' Mine ',
      description: 'd',
      instructions: 'docs/other.md',
      specfile: 'spec.json',
    };
    const source = await sourceWith(
      { 'docs/other.md': 'Other', 'spec.json': '{"workflow": {"a": 1}}' },
      options,
    );

    expect(source).toMatchObject({ name: 'Mine', description: 'd', instructions: 'Other' });
    expect(source.template.workflow).toEqual({ a: 1 });
  });

  it('C7: lists the whole source for a manifest without files, description and instructions', async () => {
    const source = await sourceWith(
      { 'alt.json': '{"name": "Alt", "specfile": "template.yaml"}' },
      { manifest: 'alt.json' },
    );

    expect(source).toMatchObject({ name: 'Alt', description: null, instructions: null });
    expect(source.files.map(({ path }) => path)).toEqual([
      'alt.json',
      'code/a.py',
      'code/lib/b.py',
      'data/names.txt',
      'docs/help.md',
      'flowserv.yaml',
      'template.yaml',
    ]);
  });

  it('C8: reads another template without results', async () => {
    expect((await sourceWith()).template.results?.file).toBe('r.json');
    expect(
      (await sourceWith({ 'b.yaml': 'workflow: {}' }, { specfile: 'b.yaml' })).template.results,
    ).toBeUndefined();
  });

  it('C9: rejects a blank and a too long name', async () => {
    expect((await faultOfPromise(sourceWith({}, { name: '  ' }))).code).toBe('name.invalid');
    expect((await sourceWith({}, { name: 'x'.repeat(512) })).name).toHaveLength(512);
    expect((await faultOfPromise(sourceWith({}, { name: 'x'.repeat(513) }))).code).toBe('name.invalid');
  });

  it('C10: rejects a template that refers to an undeclared parameter', async () => {
    const fault = await faultOfPromise(sourceWith({ 'template.yaml': 'workflow: {a: "$[[x]]"}' }));

    expect(fault).toMatchObject({ status: 404, message: "unknown parameter 'x'" });
  });

  it('C18: uses the path of an option as given if it exists, else relative to the source', async () => {
    const elsewhere = join(
      await folderWith({ 's.yaml': 'workflow: {a: !include part.yaml}', 'part.yaml': '7' }),
      's.yaml',
    );

    expect((await sourceWith({}, { specfile: elsewhere })).template.workflow).toEqual({ a: 7 });
    expect((await sourceWith({}, { specfile: 'template.yaml' })).template.workflow).toEqual({ steps: [] });
    expect((await faultOfPromise(sourceWith({}, { specfile: 'none.yaml' }))).message).toContain(
      'does not exist',
    );
  });

  it('C22: lists no files for an empty list', async () => {
    expect(await pathsWith('[]')).toEqual([]);
  });

  it('searches the names of a manifest in order', async () => {
    const json = { 'flowserv.json': '{"name": "J", "specfile": "template.yaml"}' };
    const yml = { 'flowserv.yml': 'name: Y', 'template.yaml': TEMPLATE };

    expect((await sourceWith(json)).name).toBe('J');
    expect((await readSource(await folderWith(yml), { specfile: 'template.yaml' })).name).toBe('Y');
    const bare = await folderWith({ 'template.yaml': TEMPLATE });
    expect((await faultOfPromise(readSource(bare, { specfile: 'template.yaml' }))).message).toContain(
      'no manifest in',
    );
    expect((await readSource(bare, { specfile: 'template.yaml', name: 'Z' })).name).toBe('Z');
  });

  it('resolves manifest paths from the source, regardless of the manifest’s location', async () => {
    const files = {
      'sub/m.yaml': 'name: S\nspecfile: sub/t.yaml\nfiles: [{source: code}]',
      'sub/t.yaml': 'workflow: {}',
    };
    const source = await sourceWith(files, { manifest: 'sub/m.yaml' });

    expect(source.name).toBe('S');
    expect(source.files.map(({ path }) => path)).toEqual(['code/a.py', 'code/lib/b.py']);
  });

  it.each([
    ['[{source: code, target: src}]', ['src/a.py', 'src/lib/b.py']],
    ['[{source: code/lib, target: ""}]', ['b.py']],
    ['[{source: code/lib, target: ./x/}]', ['x/b.py']],
    ['[{source: code/a.py, target: run.py}]', ['run.py']],
    ['[{source: code/a.py}]', ['code/a.py']],
    ['[{source: none}, {source: none/x}]', []],
    ['[{source: empty}]', []],
    ['[{source: .git}, {source: .git/config}]', []],
  ])('puts the files of %s into the run directory', async (list, paths) => {
    const folder = await folderWith({
      ...FILES,
      ...manifestWith(list),
      '.git/config': 'token',
      'empty/x/y': '',
    });
    execFileSync('rm', [join(folder, 'empty/x/y')]);

    expect((await readSource(folder)).files.map(({ path }) => path)).toEqual(paths);
  });

  it('lets later entries replace earlier ones', async () => {
    const folder = await folderWith({
      ...FILES,
      ...manifestWith('[{source: code}, {source: data/names.txt, target: code/a.py}]'),
    });
    const { files } = await readSource(folder);
    const replaced = files.find(({ path }) => path === 'code/a.py');

    expect(replaced && (await readFile(replaced.absolutePath, 'utf8'))).toBe('Alice\n');
    expect(files).toHaveLength(2);
  });

  it.each([
    ['[{source: code/a.py, target: ""}]'],
    ['[{source: code/a.py, target: code/}]'],
    ['[{source: code/a.py, target: x}, {source: data, target: x}]'],
  ])('rejects the file list %s', async (list) => {
    expect((await faultOfPromise(pathsWith(list))).message).toContain('invalid manifest');
  });

  it('returns size and permissions of each file', async () => {
    const folder = await folderWith({ ...FILES, ...manifestWith('[{source: code}]') });
    await chmod(join(folder, 'code/a.py'), 0o755);
    await chmod(join(folder, 'code/lib/b.py'), 0o640);

    expect((await readSource(folder)).files).toMatchObject([
      { path: 'code/a.py', size: 1, mode: 0o755 },
      { path: 'code/lib/b.py', size: 2, mode: 0o640 },
    ]);
  });

  it('excludes the files of Git at any depth', async () => {
    const paths = await pathsWith('[{source: .}]', {
      '.git/HEAD': 'x',
      'code/.git': 'gitdir: x',
      '.gitignore': '',
    });

    expect(paths.filter((path) => path.includes('git'))).toEqual(['.gitignore']);
  });

  it('follows links inside the source', async () => {
    const files = { 'code/link.py': '-> a.py', 'more/lib': '-> ../code/lib' };
    const source = await sourceWith({
      ...manifestWith('[{source: code/link.py}, {source: more}]'),
      ...files,
    });

    expect(source.files.map(({ path, size }) => [path, size])).toEqual([
      ['code/link.py', 1],
      ['more/lib/b.py', 2],
    ]);
  });

  it.each([
    [{ 'code/x': '-> /etc/hostname' }, 'leaves the source directory'],
    [{ 'code/x': '-> ../..' }, 'leaves the source directory'],
    [{ 'code/x': '-> nowhere' }, 'does not exist'],
    [{ 'code/x': '-> ..' }, 'contains it'],
    [{ 'code/x': '-> ../.git', '.git/config': '' }, 'leaves the source directory'],
    [{ 'code/a\\b': '' }, 'backslash'],
    [{ 'code/a\nb': '' }, 'control character'],
  ])('rejects %o', async (files, reason) => {
    expect((await faultOfPromise(sourceWith(files))).message).toContain(reason);
  });

  it('rejects pipes', async () => {
    const folder = await folderWith(FILES);
    execFileSync('mkfifo', [join(folder, 'code/pipe')]);

    expect((await faultOfPromise(readSource(folder))).message).toContain('neither a file nor a folder');
  });

  it('rejects manifests and templates that are links out of the source', async () => {
    const outside = join(await folderWith({ 'm.yaml': FILES['flowserv.yaml'] }), 'm.yaml');
    const folder = await folderWith({ 'template.yaml': TEMPLATE, 'flowserv.yaml': `-> ${outside}` });

    expect((await faultOfPromise(readSource(folder))).message).toContain('leaves the source directory');
  });

  it('rejects a source that is not a folder', async () => {
    const folder = await temporaryFolder();
    await write(folder, { file: '' });

    for (const source of [join(folder, 'none'), join(folder, 'file')]) {
      expect((await faultOfPromise(readSource(source))).message).toContain('is not a folder');
    }
  });
});
