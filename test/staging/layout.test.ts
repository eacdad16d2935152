import { spawnSync } from 'node:child_process';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TICKET } from './broker-server.ts';
import type { Task } from './task.ts';
import { textsOf, useTasks } from './task-fixture.ts';

const prepare = useTasks();

const stagingFailure = async (task: Task): Promise<unknown> =>
  JSON.parse(await readFile(join(task.ctl, 'failure.json'), 'utf8'));

describe('laying out a tree', () => {
  it('writes files with their modes, links, folders and the script', async () => {
    const task = await prepare({
      files: {
        'code/run.py': 'print(1)\n',
        'code/tool.sh': { content: '#!/bin/sh\n', mode: 0o755 },
        empty: '',
      },
      entries: [
        { type: 'folder', path: 'cache/empty' },
        { type: 'link', path: 'links/run', target: '../code/run.py' },
      ],
      folders: ['results/plots'],
      script: 'exit 9\n',
    });
    const { code, output } = await task.stage();
    expect({ code, output }).toEqual({
      code: 0,
      output: 'staged 3 files, 19 bytes for attempt 1 of step 0\n',
    });
    expect(await readFile(join(task.work, 'code/run.py'), 'utf8')).toBe('print(1)\n');
    expect((await stat(join(task.work, 'code/run.py'))).mode & 0o111).toBe(0);
    expect((await stat(join(task.work, 'code/tool.sh'))).mode & 0o111).toBe(0o111);
    expect((await stat(join(task.work, 'empty'))).size).toBe(0);
    expect(await readlink(join(task.work, 'links/run'))).toBe('../code/run.py');
    expect(await readdir(join(task.work, 'cache/empty'))).toEqual([]);
    expect(await readdir(join(task.work, 'results/plots'))).toEqual([]);
    expect(await readFile(join(task.ctl, 'step.sh'), 'utf8')).toBe('exit 9\n');
    expect((await readdir(task.ctl)).sort()).toEqual([
      ...['javascript', 'python', 'r'],
      ...['ready', 'step.sh', 'tree.json'],
    ]);
  });

  it('opens the tree and the folders of the log to any user of the image', async () => {
    const task = await prepare({ files: { 'data/private.txt': { content: 'x', mode: 0o600 } } });
    await task.stage();
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(join(task.work, 'data/private.txt'))).toBe(0o666);
    const folders = [task.work, join(task.work, 'data'), task.log];
    for (const folder of [...folders, ...['end', 'home', 'tmp'].map((name) => join(task.log, name))]) {
      expect(await modeOf(folder)).toBe(0o777);
    }
  });

  it('accepts paths with any characters of UTF-8', async () => {
    const names = [
      'größe/日本語.txt',
      ' leading and trailing ',
      '-rf',
      '$HOME;`id`',
      'a\nb',
      "it's",
      '\\',
      '*',
      '🎲',
    ];
    const task = await prepare({ files: Object.fromEntries(names.map((name) => [name, name])) });
    expect((await task.stage()).code).toBe(0);
    for (const name of names) expect(await readFile(join(task.work, name), 'utf8')).toBe(name);
  });

  it('reads all pages', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `file-${index}`);
    const task = await prepare({
      files: Object.fromEntries(names.map((name) => [name, name])),
      pageEntries: 10,
    });
    expect((await task.stage()).code).toBe(0);
    expect((await readdir(task.work)).sort()).toEqual([...names].sort());
    expect(task.broker.seen.filter(({ path }) => path === '/inputs')).toHaveLength(3);
  });

  it('sets one modification time before the start of the step for all files', async () => {
    const task = await prepare({ files: { a: '1', b: '2' } });
    const before = Date.now();
    await task.stage();
    const times = await Promise.all(
      ['a', 'b'].map(async (name) => (await stat(join(task.work, name))).mtimeMs),
    );
    expect(times[0]).toBe(times[1]);
    expect(times[0]).toBeLessThan(before);
  });

  it('downloads a large file in ranges', async () => {
    const bytes = Buffer.alloc(64 * 1024 * 1024 + 10, 'pattern');
    const task = await prepare({ files: { 'large.bin': bytes } });
    expect((await task.stage()).code).toBe(0);
    expect((await readFile(join(task.work, 'large.bin'))).equals(bytes)).toBe(true);
    expect(task.broker.seen.flatMap(({ range }) => range ?? [])).toEqual([
      'bytes=0-67108863',
      'bytes=67108864-67108873',
    ]);
  });
});

describe('errors while laying out', () => {
  it('retries when the broker fails temporarily', async () => {
    const task = await prepare({ files: { a: '1' } });
    task.broker.failWith(({ path }, count) => (path === '/inputs' && count < 2 ? 500 : undefined));
    expect((await task.stage()).code).toBe(0);
    expect(task.broker.seen.filter(({ path }) => path === '/inputs')).toHaveLength(3);
  });

  it('requests a fresh link when one expired', async () => {
    const task = await prepare({ files: { a: '1' } });
    task.broker.failWith(({ path }, count) =>
      path.startsWith('/objects/') && count === 0 ? 403 : undefined,
    );
    expect((await task.stage()).code).toBe(0);
    expect(await readFile(join(task.work, 'a'), 'utf8')).toBe('1');
    expect(task.broker.seen.filter(({ path }) => path === '/inputs')).toHaveLength(2);
  });

  it('rejects a file whose bytes differ from the recorded ones, and writes no script', async () => {
    const task = await prepare({ files: { a: 'right', b: 'other' } });
    await task.broker.put('input/a', Buffer.from('wrong'));
    const { code, output } = await task.stage();
    expect(code).toBe(1);
    expect(output).toContain('corrupt');
    expect(await stagingFailure(task)).toMatchObject({ code: 'corrupt' });
    expect(await readdir(task.ctl)).toEqual(['failure.json']);
  });

  it.each(['longer than recorded', 'short'])('rejects a file that is %s', async (content) => {
    const task = await prepare({ files: { a: '9 letters' } });
    await task.broker.put('input/a', Buffer.from(content));
    expect((await task.stage()).code).toBe(1);
    expect(await stagingFailure(task)).toMatchObject({ code: 'corrupt' });
  });

  it('fails immediately when the ticket is rejected', async () => {
    const task = await prepare({ files: { a: '1' } });
    task.broker.failWith(({ path }) => (path === '/inputs' ? 403 : undefined));
    expect((await task.stage()).code).toBe(1);
    expect(task.broker.seen).toHaveLength(1);
    expect(await stagingFailure(task)).toMatchObject({ code: 'refused' });
  });

  it('makes the warden report the failure, and does not run the step', async () => {
    const task = await prepare({ files: { a: 'right' }, commands: ['touch ran'] });
    await task.broker.put('input/a', Buffer.from('wrong'));
    const { step, warden, status } = await task.run();
    expect(step.code).not.toBe(0);
    expect(warden.code).toBe(0);
    expect(status).toMatchObject({ exitCode: null, failure: { code: 'corrupt' }, commands: [] });
    await expect(lstat(join(task.work, 'ran'))).rejects.toThrow('ENOENT');
  });
});

describe('stage with a hostile tree', () => {
  it.each([['/etc/passwd'], ['../../outside'], ['inner/../../..']])(
    'rejects a link to %s',
    async (target) => {
      const task = await prepare({ entries: [{ type: 'link', path: 'link', target }] });
      expect((await task.stage()).code).toBe(1);
      expect(await stagingFailure(task)).toMatchObject({ code: 'layout' });
    },
  );

  it('rejects links that lead out of the tree only in combination', async () => {
    const task = await prepare({
      entries: [
        { type: 'link', path: 'a/b/up', target: '../..' },
        { type: 'link', path: 'out', target: 'a/b/up/..' },
      ],
    });
    expect((await task.stage()).code).toBe(1);
    expect(await stagingFailure(task)).toMatchObject({ code: 'layout' });
  });

  it('rejects an entry below a link', async () => {
    const task = await prepare({
      files: { 'real/a': '1', 'link/b': '2' },
      entries: [{ type: 'link', path: 'link', target: 'real' }],
    });
    expect((await task.stage()).code).toBe(1);
    expect(await readdir(join(task.work, 'real'))).toEqual(['a']);
  });

  it('removes links to private files and to folders that contain one', async () => {
    const task = await prepare({
      files: {
        'truth/labels.csv': { content: 'secret', protected: true, private: true },
        'data/names.txt': 'Alice',
      },
      entries: [
        { type: 'link', path: 'predictions.csv', target: 'truth/labels.csv' },
        { type: 'link', path: 'folder', target: 'truth' },
        { type: 'link', path: 'second', target: 'folder/labels.csv' },
        { type: 'link', path: 'names', target: 'data/names.txt' },
      ],
      commands: ['cat predictions.csv folder/labels.csv second; cat names'],
    });
    const { status } = await task.run();
    expect(status.commands[0]?.stdout).toBe('Alice');
    expect(textsOf(status)).toEqual([
      "the link 'predictions.csv' was removed: it leads to a private file",
      "the link 'folder' was removed: it leads to a private file",
      "the link 'second' was removed: it leads to a private file",
    ]);
  });

  it('exposes the ticket in no file, log or environment of the step', async () => {
    const task = await prepare({ files: { a: '1' }, commands: ['cat /proc/self/environ; env'] });
    const { staged, warden, step, status } = await task.run();
    const { status: grepCode } = spawnSync('grep', ['-rqF', '--', TICKET, task.work, task.ctl, task.log]);
    expect(grepCode).toBe(1);
    for (const text of [staged.output, warden.output, step.output, JSON.stringify(status)]) {
      expect(text).not.toContain(TICKET);
      expect(text).not.toContain(task.broker.url);
    }
  });
});
