import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createCredentialLookup, startS3 } from '@flowserv/local-aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysIn, openOn } from '../storage-volumes/contract.ts';
import { KEYS, s3Volumes } from '../storage-volumes/s3-server.ts';
import { fileArgument, installTemplate, resultText, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';
import { fill, folderVolume, volumeFolders } from './volume-folders.ts';
import { config, getting, step, TWO_STEPS, workflowOf } from './volume-workflows.ts';

const { lab, store, data, s3, odd } = volumeFolders('lab', 'store', 'data', 's3', 'odd');
mkdirSync(s3, { recursive: true });
const credentialsFile = join(s3, 'login.json');
writeFileSync(credentialsFile, JSON.stringify(KEYS));
const server = await startS3({
  ...{ dataDir: s3, port: 0, region: 'us-east-1', durable: false },
  credentials: createCredentialLookup([KEYS]),
});
const bucket = await s3Volumes(server.endpoint, () => server.close());
afterAll(() => bucket.close());

const stack = useStack({
  env: {
    FLOWSERV_VOLUMES: JSON.stringify([
      folderVolume('lab', lab),
      folderVolume('store', store),
      folderVolume('data', data, { readOnly: true }),
      folderVolume('odd', odd),
      {
        ...{ id: 'bucket', type: 's3', credentialsFile },
        args: { bucket: 'volumes', prefix: 'base', region: 'us-east-1', endpoint: server.endpoint },
      },
    ]),
  },
  check: 'consistency',
});

let token: string;
beforeAll(async () => {
  fill(data, { 'in/a.txt': 'a\n', 'in/other.txt': 'other\n' });
  fill(lab, { 'tables/1.csv': '1\n', 'tables/deep/2.csv': '2\n', 'tables2/3.csv': '3\n' });
  fill(odd, { 'folder/x.txt': 'x\n' });
  symlinkSync('/etc/passwd', join(odd, 'link.txt'));
  symlinkSync('/etc', join(odd, 'folder/etc'));
  token = (await stack.user('ada')).token;
});

/** Installs a workflow, and returns a group of it. */
async function groupOf(template: string, settings: Record<string, unknown>, files = {}): Promise<string> {
  const workflow = await installTemplate(stack, template, files, { config: settings });
  return stack.group(workflow, token, 'Group');
}
async function runIn(group: string) {
  const { json } = await start(stack, group, token);
  return stack.ended(json.id, token);
}
const folderOf = (base: string, runId: string) => join(base, 'runs', runId);

describe('a run on storage volumes', () => {
  it('I20: copies inputs to the volume of the second step, and keeps the results of both', async () => {
    const run = await runIn(await groupOf(TWO_STEPS, config('lab', 'store')));
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'out/b.txt')).toBe('a\n1\n2\n');
    const read = (base: string, path: string) => readFileSync(join(folderOf(base, run.id), path), 'utf8');
    expect(read(lab, 'mid/m.txt')).toBe('a\n1\n2\n');
    expect(read(store, 'mid/m.txt')).toBe('a\n1\n2\n');
    expect(read(store, 'out/b.txt')).toBe('a\n1\n2\n');
    expect(readdirSync(folderOf(store, run.id)).sort()).toEqual(['mid', 'out']);
    expect(existsSync(join(data, 'runs'))).toBe(false);
  });

  it('copies from and to a bucket of S3 with credentials of its own, and static files to a volume', async () => {
    const template = workflowOf([
      step('first', 'static.txt', 'mid/', ['cat static.txt > mid/m.txt', 'ln -s m.txt mid/link']),
      step('second', 'mid/', 'out/b.txt', ['cat mid/* > out/b.txt']),
    ]);
    const settings = config('bucket', 'bucket');
    const run = await runIn(await groupOf(template, settings, { 'static.txt': 'static\n' }));
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const opened = await openOn({
      ...bucket,
      configuration: () => ({
        ...{ type: 's3', id: 'base' },
        args: {
          bucket: 'volumes',
          prefix: 'base',
          region: 'us-east-1',
          endpoint: server.endpoint,
          credentials: 'S3_LOGIN',
        },
      }),
    });
    // Links are not copied.
    const kept = ['mid/m.txt', 'out/b.txt', 'static.txt'].map((path) => `runs/${run.id}/${path}`);
    expect(await keysIn(opened)).toEqual(kept);
    await opened.close();
  });

  it('gets what steps left that ran at the same time', async () => {
    const waves = workflowOf([
      step('left', 'static.txt', 'mid/l.txt', ['echo l > mid/l.txt']),
      step('right', 'static.txt', 'mid/r.txt', ['echo r > mid/r.txt']),
      step('second', 'mid/', 'out/b.txt', ['cat mid/l.txt mid/r.txt > out/b.txt']),
    ]).replace('workflow:', 'workflow:\n  parallel: inferred');
    const { workers } = config('lab', 'store');
    const settings = { workers, workflow: [{ step: 'second', worker: 'two' }] };
    const run = await runIn(await groupOf(waves, settings, { 'static.txt': 'static\n' }));
    expect(run.messages ?? run.state).toBe('SUCCESS');
    expect(await resultText(stack, run, 'out/b.txt')).toBe('l\nr\n');
    expect(readdirSync(join(folderOf(store, run.id), 'mid')).sort()).toEqual(['l.txt', 'r.txt']);
  });

  it('copies large files and uploads, for a run with a large plan', async () => {
    const large = 'x'.repeat(9 * 1024 * 1024);
    fill(odd, { 'large.bin': large });
    const long = `# ${'long '.repeat(12_000)}`;
    const check = `wc -c large.bin | grep ${large.length}`;
    const template = `${workflowOf([
      step('only', "large.bin, '$[[names]]'", 'out/', [
        long,
        long,
        check,
        'cp large.bin out/l.bin',
        'cp names.txt out/b.txt',
      ]),
    ])}parameters:
  - {name: names, dtype: file, target: names.txt}
`;
    const settings = {
      ...getting(['large.bin']),
      workers: [{ name: 'w', type: 'docker', volume: 'store' }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    const group = await groupOf(template, settings);
    const { json } = await start(stack, group, token, {
      names: await fileArgument(stack, group, token, 'ada\n'),
    });
    const run = await stack.ended(json.id, token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const folder = folderOf(store, run.id);
    expect(readFileSync(join(folder, 'out/l.bin'), 'utf8') === large).toBe(true);
    expect(readFileSync(join(folder, 'names.txt'), 'utf8')).toBe('ada\n');
    expect(existsSync(join(folder, 'large.bin'))).toBe(false);
  });

  it('does not wait for a volume that lacks a file, and names the file', async () => {
    for (const [file, message] of [
      ['missing.txt', "the storage volume 'odd' has no file 'missing.txt'"],
      ['link.txt', "the storage volume 'odd' has no file 'link.txt'"],
      ['folder/etc/passwd', "the path 'folder/etc/passwd' of a storage volume leads through a link"],
      ['none/', "the storage volume 'odd' has no file 'none/'"],
    ] as const) {
      const template = workflowOf([step('only', file, '', ['true'])]);
      const run = await runIn(await groupOf(template, getting([file])));
      expect(run).toMatchObject({ state: 'ERROR', messages: [`step 'only': ${message}`] });
    }
  });

  it('gets no links of a folder, and at most 10,000 files', async () => {
    const group = await groupOf(
      workflowOf([step('only', 'folder/', 'out/b.txt', ['find folder -type f > out/b.txt'])]),
      getting(['folder/']),
    );
    const run = await runIn(group);
    expect(await resultText(stack, run, 'out/b.txt')).toBe('folder/x.txt\n');
    const many = join(odd, 'folder/many');
    mkdirSync(many);
    for (let i = 0; i < 10_000; i += 1) writeFileSync(join(many, `${i}`), '');
    const other = await runIn(group);
    rmSync(many, { recursive: true });
    const message = "step 'only': 'folder/' of the storage volume 'odd' has more than 10000 files";
    expect(other).toMatchObject({ state: 'ERROR', messages: [message] });
  });
});
