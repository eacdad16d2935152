import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowCrateObject } from '../../shared/archives/crates.ts';
import { makeArchive } from '../../shared/archives/make.ts';
import { findRun } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { readWorkflowEntry } from '../../shared/workflows/list.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { cliWith } from '../bin/run-cli.ts';
import { fileArgument, installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { danglingReferences, describe as described, readZip, sha256 } from '../provenance/read-zip.ts';

const CANARY = 'canary-77aa';
const FILES = {
  'code/copy.sh': 'cp data/in.txt copy.txt\n',
  'docs/guide.md': { text: '# Guide\n', access: 'public' as const },
  'truth/labels.txt': { text: `${CANARY}\n`, access: 'private' as const },
};
const TEMPLATE = `parameters:
  - {name: data, dtype: file, target: data/in.txt}
  - {name: score, dtype: float, defaultValue: 1.5}
workflow:
  files: {outputs: [result.json, copy.txt]}
  steps:
    - name: copy
      action: {environment: 'python:3.9', commands: ['sh code/copy.sh; ls truth; cat truth/labels.txt']}
    - name: score
      action: {environment: 'python:3.9', commands: ['echo "{\\"score\\": $[[score]]}" > result.json']}
${SCORES}`;

/** Crates of runs and workflows, made by the function on request. */
describe('crates', () => {
  const stack = useStack({ check: 'faults' });
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-crates-'));
  let alice = '';
  let bob = '';
  let group = '';
  let run: { id: string; state: string };

  const ended = async (content: string, values = {}) => {
    const data = await fileArgument(stack, group, alice, content);
    const { json } = await start(stack, group, alice, { data, ...values });
    return { ...(await stack.ended(json.id, alice)), upload: data.value.fileId };
  };
  const ask = (path: string, token = alice) => stack.request('GET', path, { token });
  const made = (path: string) =>
    poll(async () => {
      const reply = await ask(path);
      return reply.status === 200 ? reply : undefined;
    }, 'the crate has not been made');
  const textOf = (zip: ReturnType<typeof readZip>) =>
    [...zip.content.values()].map((bytes) => bytes.toString('latin1')).join('\n');

  beforeAll(async () => {
    alice = (await stack.user('alice')).token;
    bob = (await stack.user('bob')).token;
    await installTemplate(stack, TEMPLATE, FILES, { id: 'W' });
    group = await stack.group('W', alice, 'Team Alice');
    run = await ended('one\n');
    expect(run.state).toBe('SUCCESS');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('of a run are created on request, and contain its files as described', async () => {
    const path = `/runs/${run.id}/crate`;
    const first = await ask(path);
    expect([first.status, first.headers.get('retry-after')]).toEqual([202, '5']);
    const reply = await made(path);
    expect(reply.headers.get('content-type')).toBe('application/zip');
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename=run.crate.zip');
    const zip = readZip(reply.bytes);
    expect(zip.names).toEqual([
      'ro-crate-metadata.json',
      'workflow.json',
      'inputs/data/in.txt',
      'outputs/result.json',
      'outputs/copy.txt',
    ]);
    const text = zip.content.get('ro-crate-metadata.json')?.toString() ?? '';
    const { ofType, get } = described(text);
    for (const file of ofType('File')) {
      const content = zip.content.get(decodeURIComponent(file['@id']));
      expect([file.sha256[0], file.contentSize[0]]).toEqual([
        content && sha256(content),
        String(content?.length),
      ]);
    }
    expect(danglingReferences(text)).toEqual([]);
    expect(get('#group').name).toEqual(['Team Alice']);
    expect(zip.content.get('outputs/copy.txt')?.toString()).toBe('one\n');
  });

  it('of a run show nothing of private files, secrets and users', async () => {
    const text = textOf(readZip((await made(`/runs/${run.id}/crate`)).bytes));
    const { fileSecret } = await findRun(stack.services, run.id);
    for (const secret of [CANARY, 'truth', 'code/copy.sh', fileSecret, 'alice', 'python:3.9']) {
      expect(text).not.toContain(secret);
    }
  });

  it('are for those who may read the run, and are not ordered for others', async () => {
    const other = await ended('two\n');
    for (const token of ['', bob]) {
      expect((await ask(`/runs/${other.id}/crate`, token)).status).toBe(403);
    }
    expect(await stack.services.table.get({ pk: `RUN#${other.id}`, sk: 'CRATE' })).toBeUndefined();
    expect((await ask(`/runs/${'0'.repeat(32)}/crate`)).json.code).toBe('run.unknown');
    expect((await ask('/workflows/unknown/crate')).json.code).toBe('workflow.unknown');
  });

  it('do not exist for active runs', async () => {
    const { services } = stack;
    const key = { pk: `RUN#${run.id}`, sk: 'META' };
    await services.table.update(key, { set: { state: 'RUNNING' } });
    const { status, json } = await ask(`/runs/${run.id}/crate`);
    await services.table.update(key, { set: { state: 'SUCCESS' } });
    expect([status, json.code]).toEqual([400, 'run.active']);
  });

  it('have the same bytes when they are created again', async () => {
    const path = `/runs/${run.id}/crate`;
    const before = (await made(path)).bytes;
    const prefix = objectKeys.runCrates('W', run.id);
    await stack.services.objects.removeAll('data', prefix);
    await makeArchive(stack.services, { workflowId: 'W', runId: run.id, crate: true });
    expect((await made(path)).bytes.equals(before)).toBe(true);
  });

  it('lose an upload that is deleted, and the crate with it is removed', async () => {
    const with2 = await ended('to be deleted\n');
    const path = `/runs/${with2.id}/crate`;
    await made(path);
    await stack.request('DELETE', `/uploads/${group}/files/${with2.upload}`, { token: alice });
    expect((await ask(path)).status).toBe(202);
    await makeArchive(stack.services, { workflowId: 'W', runId: with2.id, crate: true });
    const zip = readZip((await made(path)).bytes);
    expect(zip.names).not.toContain('inputs/data/in.txt');
    const metadata = zip.content.get('ro-crate-metadata.json')?.toString() ?? '';
    expect(metadata).not.toContain('file.txt');
  });

  it('of a failed run contain its messages and its inputs', async () => {
    const failed = await ended('x\n', { score: 'inf' });
    await stack.services.table.update(
      { pk: `RUN#${failed.id}`, sk: 'META' },
      { set: { state: 'ERROR', messages: ['it broke'] } },
    );
    const zip = readZip((await made(`/runs/${failed.id}/crate`)).bytes);
    const { get } = described(zip.content.get('ro-crate-metadata.json')?.toString() ?? '');
    expect(get('#run')).toMatchObject({ error: ['it broke'] });
    expect(zip.names).toContain('inputs/data/in.txt');
  });

  it('of a workflow have the template and public files, for anyone', async () => {
    const path = '/workflows/W/crate';
    expect((await ask(path, '')).status).toBe(202);
    const reply = await made(path);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename=workflow.crate.zip');
    const zip = readZip(reply.bytes);
    expect(zip.names).toEqual(['ro-crate-metadata.json', 'workflow.json', 'files/docs/guide.md']);
    expect(textOf(zip)).not.toMatch(/truth|canary|copy\.sh/);
    const workflow = JSON.parse(zip.content.get('workflow.json')?.toString() ?? '');
    expect(workflow.workflow.steps).toEqual([{ name: 'copy' }, { name: 'score' }]);
  });

  it('of a workflow are replaced after an update, and the earlier one is removed', async () => {
    const { services } = stack;
    await made('/workflows/W/crate');
    await updateWorkflow(services, 'W', { description: 'New words' });
    const workflow = await findWorkflow(services, 'W');
    const before = workflowCrateObject(workflow, {
      ...(await readWorkflowEntry(services, 'W')),
      description: null,
    });
    expect(await services.objects.size('data', before)).toBeGreaterThan(0);
    await services.table.remove(keys.crateOrder(keys.workflow('W')));
    const zip = readZip((await made('/workflows/W/crate')).bytes);
    expect(textOf(zip)).toContain('New words');
    expect(await services.objects.size('data', before)).toBeUndefined();
  });

  it('leave nothing behind if the run is deleted before they are made', async () => {
    const gone = await ended('gone\n');
    await stack.request('DELETE', `/runs/${gone.id}`, { token: alice });
    await makeArchive(stack.services, { workflowId: 'W', runId: gone.id, crate: true });
    await makeArchive(stack.services, { workflowId: 'never', crate: true });
    const item = await stack.services.table.get({ pk: `RUN#${gone.id}`, sk: 'CRATE' });
    expect(item).toBeUndefined();
  });

  it('are downloaded by the command line, which waits for them', async () => {
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: alice });
    const file = join(folder, 'run.zip');
    const other = await ended('cli\n');
    const { code, stderr } = await flowserv(`runs crate ${other.id} -o ${file}`);
    expect([code, stderr]).toEqual([0, 'The file is being created; waiting for it.\n']);
    expect(readZip(readFileSync(file)).names).toContain('outputs/result.json');
    const workflow = join(folder, 'workflow.zip');
    expect((await flowserv(`workflows crate -w W -o ${workflow}`)).code).toBe(0);
    expect(readZip(readFileSync(workflow)).names).toContain('workflow.json');
    expect(await flowserv(`runs crate unknown -o ${file}`)).toMatchObject({ code: 1 });
  });
});
