import { readdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { loadRepository, parseRepository, resolveEntry } from '../../shared/sources/repository.ts';
import { withSource } from '../../shared/sources/resolve.ts';
import { faultOf, faultOfPromise } from '../template/faults.ts';
import { repositoryWith } from './git-repository.ts';
import { folderWith } from './source-folder.ts';

const INDEX = [
  { id: 'plain', description: 'A benchmark', url: 'https://example.org/plain.git' },
  {
    id: 'branched',
    description: 'Another one',
    url: 'https://example.org/other.git',
    manifest: 'workflows/single/flowserv.yaml',
    args: [
      { key: 'single_branch', value: true },
      { key: 'b', value: 'flowserv/0.9.0' },
    ],
  },
];

const FILES = {
  'flowserv.yaml': 'name: Cloned\nspecfile: template.yaml\n',
  'template.yaml': 'workflow: {steps: []}\n',
  'other/manifest.yaml': 'name: By the index\nspecfile: template.yaml\nfiles: []\n',
};

/** An index file with these entries. */
const indexOf = async (entries: unknown) =>
  join(await folderWith({ 'index.json': JSON.stringify(entries) }), 'index.json');

/** Returns the names of all existing clones. */
const clones = async () =>
  (await readdir(await realpath(tmpdir()))).filter((name) => name.startsWith('flowserv-clone-'));

describe('the repository index', () => {
  it('C21: finds an entry by its id, and treats any other source as an address', () => {
    const entries = parseRepository(INDEX);
    expect(resolveEntry(entries, 'plain')).toEqual({ url: 'https://example.org/plain.git' });
    expect(resolveEntry(entries, 'branched')).toEqual({
      url: 'https://example.org/other.git',
      manifest: 'workflows/single/flowserv.yaml',
      branch: 'flowserv/0.9.0',
    });
    expect(resolveEntry(entries, 'neither')).toEqual({ url: 'neither' });
  });

  it('is read from a file or a URL', async () => {
    const text = JSON.stringify(INDEX);
    const server = createServer((request, response) => {
      if (request.url === '/index.json') response.end(text);
      else if (request.url === '/long.json') response.end('x'.repeat(2_000_000));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    expect(await loadRepository(`${base}/index.json`)).toEqual(parseRepository(INDEX));
    expect(await loadRepository(await indexOf(INDEX))).toEqual(parseRepository(INDEX));
    expect((await faultOfPromise(loadRepository(`${base}/none`))).message).toContain('status 404');
    expect((await faultOfPromise(loadRepository(`${base}/long.json`))).message).toContain('more than');
    expect((await faultOfPromise(loadRepository('/nowhere.json'))).message).toContain('ENOENT');
  });

  it.each([
    [{}, "at ''"],
    [[{ id: 'x' }], "at '[0][url]'"],
    [[{ id: 'x', url: 'u', manifest: '../x' }], 'relative path'],
    [[{ id: 'x', url: 'u', args: [{ key: 'upload_pack', value: 'touch x' }] }], 'b, branch, single_branch'],
  ])('is rejected with the content %j', (document, message) => {
    const fault = faultOf(() => parseRepository(document));
    expect([fault.status, fault.code]).toEqual([400, 'repository.invalid']);
    expect(fault.message).toContain(message);
  });

  it('is rejected if it is not valid JSON', async () => {
    const file = join(await folderWith({ 'index.json': '[' }), 'index.json');
    expect((await faultOfPromise(loadRepository(file))).message).toContain('is not valid JSON');
  });
});

describe('a source', () => {
  const settings = async (entries: unknown = []) => ({
    repository: await indexOf(entries),
    cloneSeconds: 60,
  });
  const nameOf = ({ folder, manifest }: { folder: string; manifest?: string }) =>
    readSource(folder, { manifest: manifest ?? null }).then(({ name }) => name);

  it('is used unchanged if it is a folder, regardless of the index', async () => {
    const folder = await folderWith(FILES);
    const options = { repository: '/nowhere.json', cloneSeconds: 60 };
    expect(await withSource(folder, options, nameOf)).toBe('Cloned');
  });

  it('is cloned from its address, without git’s own files, and the clone is removed', async () => {
    const { url } = await repositoryWith(FILES);
    const before = await clones();
    const lines: string[] = [];
    const options = { ...(await settings()), onProgress: (line: string) => void lines.push(line) };
    const paths = await withSource(url, options, async ({ folder }) => {
      expect(await clones()).toHaveLength(before.length + 1);
      return (await readSource(folder)).files.map(({ path }) => path);
    });
    expect(paths).toEqual(['flowserv.yaml', 'other/manifest.yaml', 'template.yaml']);
    expect(lines).toEqual([`cloning ${url}`]);
    expect(await clones()).toEqual(before);
  });

  it('is cloned by its id, with the manifest and the branch of the index', async () => {
    const repository = await repositoryWith(FILES);
    await repository.branch('old', { 'other/manifest.yaml': 'name: Old\nspecfile: template.yaml\n' });
    const entry = { id: 'one', url: repository.url, manifest: 'other/manifest.yaml' };
    const old = { ...entry, id: 'old', args: [{ key: 'b', value: 'old' }] };
    const options = await settings([entry, old]);
    expect(await withSource('one', options, nameOf)).toBe('By the index');
    expect(await withSource('old', options, nameOf)).toBe('Old');
    expect(await withSource('old', { ...options, branch: 'main' }, nameOf)).toBe('By the index');
  });

  it('is rejected if a clone lacks a submodule, and accepted if a folder contains it (report 15)', async () => {
    const inner = await repositoryWith({ 'lib.py': 'x' });
    const outer = await repositoryWith(FILES);
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.url, 'code/lib');
    outer.git('commit', '--quiet', '--message', 'submodule');
    const rejection = await faultOfPromise(withSource(outer.url, await settings(), nameOf));
    expect(rejection.message).toContain("the source has no files of the Git submodule 'code/lib'");
    expect(await withSource(outer.folder, await settings(), nameOf)).toBe('Cloned');
  });

  it('leaves no clone behind if it cannot be used', async () => {
    const { url } = await repositoryWith({ 'a.txt': 'a' });
    const before = await clones();
    await faultOfPromise(withSource(url, await settings(), nameOf));
    await faultOfPromise(withSource('file:///nowhere', await settings(), nameOf));
    expect(await clones()).toEqual(before);
  });

  it('that is none of these is rejected with its name and what was tried', async () => {
    const unknown = await faultOfPromise(withSource('helo', await settings(INDEX), nameOf));
    expect([unknown.status, unknown.code]).toEqual([404, 'source.unknown']);
    expect(unknown.message).toContain("'helo' is not a folder, a git address or an entry");
    const offline = await faultOfPromise(
      withSource('helo', { repository: '/nowhere.json', cloneSeconds: 60 }, nameOf),
    );
    expect(offline.message).toContain(
      "'helo' is neither a folder nor a git address, and the repository index",
    );
  });
});
