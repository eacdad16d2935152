import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cloneRepository, withoutCredentials } from '../../shared/sources/git.ts';
import { faultOfPromise } from '../template/faults.ts';
import { repositoryWith } from './git-repository.ts';
import { temporaryFolder } from './source-folder.ts';

const QUICK = { timeoutSeconds: 60 };

/** Listens on a free port until the test ends. */
async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : expect.fail('no port');
}

/** Returns the message of a failed clone. */
const failureOf = async (url: string, options = QUICK) =>
  (await faultOfPromise(cloneRepository(url, await temporaryFolder(), options))).message;

describe('cloning', () => {
  it('fetches the files of the newest commit, without the history', async () => {
    const repository = await repositoryWith({ 'a.txt': 'old' });
    await repository.branch('more', { 'a.txt': 'new', 'b.txt': 'b' });
    repository.git('merge', '--quiet', 'more');
    const folder = await temporaryFolder();

    await cloneRepository(repository.url, folder, QUICK);

    expect((await readdir(folder)).sort()).toEqual(['.git', 'a.txt', 'b.txt']);
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('new');
    expect((await readFile(join(folder, '.git/shallow'), 'utf8')).trim()).toMatch(/^[0-9a-f]{40}$/);
  });

  it('fetches a branch or a tag', async () => {
    const repository = await repositoryWith({ 'a.txt': 'main' });
    await repository.branch('other', { 'a.txt': 'other' });
    repository.git('tag', 'v1', 'other');
    for (const branch of ['other', 'v1']) {
      const folder = await temporaryFolder();
      await cloneRepository(repository.url, folder, { ...QUICK, branch });
      expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('other');
    }
    const missing = cloneRepository(repository.url, await temporaryFolder(), { ...QUICK, branch: 'none' });
    expect((await faultOfPromise(missing)).message).toContain('none');
  });

  it('reads a repository served as plain files, which does not support shallow clones', async () => {
    const repository = await repositoryWith({ 'a.txt': 'a' });
    repository.git('update-server-info');
    const port = await portOf(
      createServer((request, response) => {
        const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
        readFile(join(repository.folder, path)).then(
          (bytes) => response.end(bytes),
          () => response.writeHead(404).end(),
        );
      }),
    );
    const folder = await temporaryFolder();
    await cloneRepository(`http://127.0.0.1:${port}/.git`, folder, QUICK);
    expect(await readdir(folder)).toContain('a.txt');
  });

  it('does not prompt for a password, and fails with git’s message', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="x"' };
    const port = await portOf(createServer((_request, response) => response.writeHead(401, challenge).end()));
    expect(await failureOf(`http://127.0.0.1:${port}/x.git`)).toMatch(/cannot clone .*: fatal: /);
  });

  it('aborts after the time limit', async () => {
    const port = await portOf(
      createTcpServer((socket) => socket.on('error', () => socket.destroy()).resume()),
    );
    const message = await failureOf(`git://127.0.0.1:${port}/x.git`, { timeoutSeconds: 0.5 });
    expect(message).toContain('it took longer than 0.5 seconds');
  });

  it('runs no program that the address chooses, and treats no address as an option', async () => {
    const folder = await temporaryFolder();
    expect(await failureOf(`ext::sh -c "touch ${folder}/made"`)).toContain("transport 'ext' not allowed");
    expect(await failureOf(`--upload-pack=touch ${folder}/made`)).toContain('cannot clone');
    expect(await readdir(folder)).toEqual([]);
  });

  it('hides the credentials of an address', async () => {
    const message = await failureOf('http://alice:s3cret@127.0.0.1:1/x.git');
    expect(message).toContain("'http://127.0.0.1:1/x.git'");
    expect(message).not.toContain('s3cret');
    expect(withoutCredentials('https://t0ken@example.org/a')).toBe('https://example.org/a');
  });
});
