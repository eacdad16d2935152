import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starterKitObject } from '../../shared/archives/starter-kits.ts';
import { keys } from '../../shared/store/keys.ts';
import { readWorkflowEntry } from '../../shared/workflows/list.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { cliWith, startCommand } from '../bin/run-cli.ts';
import { installTemplate, SCORES } from '../end-to-end/install-template.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { readZip } from '../provenance/read-zip.ts';

const TEMPLATE = `parameters:
  - {name: data, label: Your data, dtype: file, target: in.txt}
  - {name: factor, dtype: float, defaultValue: 1.50}
workflow:
  files: {outputs: [result.json]}
  steps:
    - name: score
      action: {environment: 'python:3.9', commands: ['sh code/score.sh in.txt $[[factor]]']}
${SCORES}`;
const SCORER = 'echo "{\\"score\\": $(cat "$1" | wc -l)$2}" | sed "s/1.5/.5/" > result.json\n';
const PUBLIC = {
  'code/score.sh': { text: SCORER, access: 'public' as const },
  'data/train set.csv': { text: 'id\n1\n', access: 'public' as const },
};

describe('the files that an organiser shares', () => {
  const stack = useStack();
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-kit-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const get = (path: string) => stack.request('GET', path);
  const kitOf = async (workflow: string) =>
    readZip(
      await poll(async () => {
        const reply = await get(`/workflows/${workflow}/starter-kit`);
        return reply.status === 200 ? reply.bytes : undefined;
      }, 'the kit has not been made'),
    );

  beforeAll(async () => {
    await installTemplate(stack, TEMPLATE, PUBLIC, { id: 'OPEN' });
    const hidden = {
      'code/score.sh': SCORER,
      'data/train.csv': PUBLIC['data/train set.csv'],
      'truth/labels.csv': { text: 'canary', access: 'private' as const },
    };
    await installTemplate(stack, TEMPLATE, hidden, { id: 'HIDDEN' });
  });

  it('are listed and downloaded by anyone', async () => {
    const { json } = await get('/workflows/OPEN/files');
    expect(json.version).toBe(1);
    expect(json.files.map(({ path, size }: { path: string; size: number }) => [path, size])).toEqual([
      ['code/score.sh', SCORER.length],
      ['data/train set.csv', 5],
    ]);
    const reply = await get(`/workflows/OPEN/files/${json.files[1].id}`);
    expect([reply.status, reply.bytes.toString()]).toEqual([200, 'id\n1\n']);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="data/train set.csv"');
  });

  it('are no others, whatever id a request has', async () => {
    const listed = (await get('/workflows/HIDDEN/files')).json.files;
    expect(listed.map(({ path }: { path: string }) => path)).toEqual(['data/train.csv']);
    const open = (await get('/workflows/OPEN/files')).json.files;
    for (const id of [open[0].id, 'truth%2Flabels.csv', '__proto__', '..%2F..%2Fcrates']) {
      expect((await get(`/workflows/HIDDEN/files/${id}`)).status).toBe(404);
    }
    expect((await get('/workflows/unknown/files')).json.code).toBe('workflow.unknown');
    const kit = await kitOf('HIDDEN');
    expect(kit.names).toEqual(['README.md', 'arguments.yaml', 'benchmark/data/train.csv']);
    const text = [...kit.content.values()].map((bytes) => bytes.toString('latin1')).join('\n');
    expect(text).not.toMatch(/truth|labels|canary|score\.sh/);
  });

  it('are saved by the command line, and the kit runs the workflow on this machine', async () => {
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
    const files = join(folder, 'files');
    expect(await flowserv(`workflows files -w OPEN -o ${files}`)).toMatchObject({ code: 0 });
    expect(readFileSync(join(files, 'data/train set.csv'), 'utf8')).toBe('id\n1\n');
    const zip = join(folder, 'kit.zip');
    expect(await flowserv(`workflows starter-kit -w OPEN -o ${zip}`)).toMatchObject({ code: 0 });
    const kit = join(folder, 'kit');
    for (const [path, content] of readZip(readFileSync(zip)).content) {
      mkdirSync(dirname(join(kit, path)), { recursive: true });
      writeFileSync(join(kit, path), content);
    }
    writeFileSync(join(folder, 'flowserv'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, {
      mode: 0o755,
    });
    const run = (args: readonly string[]) =>
      startCommand('sh', [join(kit, 'run.sh'), ...args], {
        env: { PATH: `${folder}:${process.env.PATH}` },
      }).outcome;
    const unfinished = await run([]);
    expect([unfinished.code, unfinished.stderr]).toEqual([1, expect.stringContaining("'data'")]);
    writeFileSync(join(kit, 'mine.txt'), 'a\nb\n');
    const written = readFileSync(join(kit, 'arguments.yaml'), 'utf8');
    writeFileSync(join(kit, 'arguments.yaml'), written.replace('\ndata:', '\ndata: mine.txt'));
    const { code, stdout } = await run([]);
    expect(stdout).toContain('score  2.5');
    expect(code).toBe(0);
  });

  it('give a new kit after a change, in place of the earlier one', async () => {
    const { services } = stack;
    await kitOf('OPEN');
    const objectOf = async () =>
      starterKitObject(await findWorkflow(services, 'OPEN'), await readWorkflowEntry(services, 'OPEN'));
    const before = await objectOf();
    await updateWorkflow(services, 'OPEN', { instructions: '# Read me\n' });
    await services.table.remove(keys.starterKitOrder('OPEN'));
    expect((await kitOf('OPEN')).content.get('instructions.md')?.toString()).toBe('# Read me\n');
    expect(await services.objects.size('data', before)).toBeUndefined();
    expect(await services.objects.size('data', await objectOf())).toBeGreaterThan(0);
  });
});

const BIN = fileURLToPath(new URL('../../bin/flowserv.mjs', import.meta.url));
