import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource, type SourceOptions } from '../../shared/sources/folder.ts';
import { keys } from '../../shared/store/keys.ts';
import { createWorkflow, type InstallOptions } from '../../shared/workflows/create.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { readVersion } from '../../shared/workflows/version.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { purged } from '../end-to-end/purged.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { stored } from './stored.ts';

const HW = fixture('hello-world');
const folders: string[] = [];
const stack = useStack();
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Copies the fixture and replaces some of its files. */
function source(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-source-'));
  folders.push(folder);
  cpSync(HW, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const install = async (folder: string, options: InstallOptions & SourceOptions = {}) =>
  createWorkflow(stack.services, await readSource(folder, options), options);
const get = (path: string, token?: string) => stack.request('GET', path, { token });

/** Expects an attempt to fail with an error, and to leave nothing stored. */
async function expectRejected(attempt: () => Promise<unknown>, message: string, status = 400): Promise<void> {
  const before = await stored(stack.services);
  await expect(attempt()).rejects.toMatchObject({ status, message: expect.stringContaining(message) });
  expect(await stored(stack.services)).toEqual(before);
}

describe('workflows over HTTP', () => {
  beforeAll(async () => {
    await stack.install(HW, { id: 'HW' });
  });

  it('have a JSON Schema of their arguments, from which clients can build a form', async () => {
    const { status, json } = await get('/workflows/HW/arguments-schema');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Hello World',
      properties: { sleeptime: { type: 'integer', default: 10 } },
      required: ['names'],
    });
    expect(Object.keys(json.properties)).toEqual(['names', 'sleeptime', 'greeting']);
    expect((await get('/workflows/none/arguments-schema')).status).toBe(404);
    const links = (await get('/')).json.routes ?? (await get('/')).json;
    expect(JSON.stringify(links)).toContain('workflows/{workflowId}/arguments-schema');
  });

  it('C1: are listed for every caller in the same way', async () => {
    const anonymous = await get('/workflows');
    expect(anonymous.status).toBe(200);
    expect(anonymous.json).toEqual({
      workflows: [
        {
          id: 'HW',
          name: 'Hello World',
          description: 'Greets people by name',
          instructions: expect.stringMatching(/\S/),
        },
      ],
    });
    expect((await get('/workflows', alice.token)).json).toEqual(anonymous.json);
  });

  it('C2: are read by their id', async () => {
    expect((await get('/workflows/HW')).status).toBe(200);
    for (const path of ['', '/leaderboard', '/downloads/archive', '/downloads/files/x']) {
      const unknown = await get(`/workflows/hw${path}`);
      expect([unknown.status, unknown.json.message]).toEqual([404, "unknown workflow 'hw'"]);
    }
    expect((await get('/workflows/hw/groups', alice.token)).status).toBe(404);
  });

  it('C3: have a handle with parameters in the order of their declaration, without steps', async () => {
    const { json } = await get('/workflows/HW');
    expect(Object.keys(json).sort()).toEqual(
      ['description', 'groups', 'id', 'instructions', 'name', 'parameterGroups', 'parameters'].sort(),
    );
    expect(json.groups).toEqual([]);
    expect(json.parameterGroups).toEqual([{ name: 'main', title: 'Input', index: 0 }]);
    expect(json.parameters).toEqual([
      {
        name: 'names',
        dtype: 'file',
        index: 0,
        isRequired: true,
        label: 'Names',
        group: 'main',
        target: 'data/names.txt',
      },
      {
        name: 'sleeptime',
        dtype: 'int',
        index: 1,
        isRequired: false,
        label: 'Pause in seconds',
        group: 'main',
        defaultValue: 10,
      },
      {
        name: 'greeting',
        dtype: 'string',
        index: 2,
        isRequired: false,
        label: 'Greeting',
        group: 'main',
        defaultValue: 'Hello',
      },
    ]);
  });

  it("C4: have a handle with the caller's groups", async () => {
    const id = await stack.group('HW', alice.token, 'Mine');
    const groups = [{ id, name: 'Mine', workflow: 'HW' }];
    expect((await get('/workflows/HW', alice.token)).json.groups).toEqual(groups);
    expect((await get('/workflows/HW', 'unknown')).json.groups).toEqual([]);
    expect((await get('/workflows/HW/groups', alice.token)).json).toEqual({ groups });
  });

  it('K1: have an empty leaderboard before the first run', async () => {
    const { status, json } = await get('/workflows/HW/leaderboard?orderBy=&includeAll=False');
    expect(status).toBe(200);
    expect(json.ranking).toEqual([]);
    expect(json.schema).toHaveLength(3);
  });
});

describe('the creation of a workflow', () => {
  it('C9, C16: accepts names of up to 512 characters and rejects invalid ones', async () => {
    expect((await install(HW, { name: 'x'.repeat(512) })).name).toHaveLength(512);
    for (const [name, kept] of [
      ['A', 'A'],
      [' A ', 'A (1)'],
      ['A_B-C', 'A_B-C'],
    ] as const) {
      expect((await install(HW, { name })).name).toBe(kept);
    }
    for (const name of ['', ' ', '\t', 'x'.repeat(513), 'x'.repeat(600)]) {
      await expectRejected(() => install(HW, { name }), 'invalid name');
    }
    await expectRejected(
      () => install(source({ 'flowserv.yaml': 'name: null\nspecfile: template.yaml' })),
      'missing name',
    );
  });

  it('C10: leaves nothing stored if the template refers to an undeclared parameter', async () => {
    const template = [
      'workflow:',
      '  steps:',
      '    - name: s',
      '      action: { environment: "python:3.7", commands: ["echo $[[nobody]]"] }',
    ].join('\n');
    await expectRejected(
      () => install(source({ 'template.yaml': template })),
      "unknown parameter 'nobody'",
      404,
    );
  });

  it('C15: accepts identifiers of letters, digits and underscores', async () => {
    for (const id of ['12345', 'a'.repeat(32), 'Abc_De']) expect((await install(HW, { id })).id).toBe(id);
    expect((await install(HW)).id).toMatch(/^[0-9a-f]{32}$/);
    for (const id of ['', 'a'.repeat(33), '-', '.', '#', 'é', 'a/b']) {
      await expectRejected(() => install(HW, { id }), 'invalid identifier');
    }
  });

  it('C17: leaves nothing stored if the manifest has no name or template', async () => {
    for (const manifest of [
      '{ name: n, workflowSpec: template.yaml }',
      '{ description: d }',
      '{ name: n }',
      '[name]',
      '{ name: { a: b }, specfile: template.yaml }',
    ]) {
      await expectRejected(() => install(source({ 'flowserv.yaml': manifest })), 'manifest');
    }
  });

  it('C18: reads a file option from the source if the working folder has no such file', async () => {
    const folder = source({
      'other.yaml': '{ name: Other, specfile: template.yaml }',
      'more.md': 'More to read',
    });
    const { id } = await install(folder, { manifest: 'other.yaml', instructions: 'more.md' });
    expect((await get(`/workflows/${id}`)).json).toMatchObject({
      name: 'Other',
      instructions: 'More to read',
    });
  });

  it('C22: stores no static files for an empty list, and the whole source without a list', async () => {
    const filesOf = async ({ id }: { id: string }) => {
      const { version } = await findWorkflow(stack.services, id);
      return (await readVersion(stack.services, id, version)).files.map(({ path }) => path);
    };
    const none = source({ 'flowserv.yaml': '{ name: None, specfile: template.yaml, files: [] }' });
    expect(await filesOf(await install(none))).toEqual([]);
    const all = source({ 'flowserv.yaml': '{ name: All, specfile: template.yaml }' });
    expect(await filesOf(await install(all))).toEqual([
      'code/analyse.py',
      'code/greet.py',
      'data/names.txt',
      'flowserv.yaml',
      'instructions.md',
      'template.yaml',
    ]);
  });

  it('does not change an existing workflow with the same identifier', async () => {
    await expectRejected(
      () => install(source({ 'data/names.txt': 'Mallory' }), { id: 'HW' }),
      "workflow 'HW' exists",
    );
    await expectRejected(() => install(HW, { id: 'HW', name: 'Hello World' }), "workflow 'HW' exists");
  });

  it('lets one of many with the same identifier succeed, and numbers those with the same name', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => install(HW, { id: 'RACE' })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    const prefix = (await stored(stack.services)).filter((item) => item.includes('/w/RACE/static/'));
    expect(new Set(prefix.map((key) => key.split('/')[4])).size).toBe(1);
    const named = await Promise.all(Array.from({ length: 4 }, () => install(HW, { name: 'Same' })));
    expect(named.map(({ name }) => name).sort()).toEqual(['Same', 'Same (1)', 'Same (2)', 'Same (3)']);
  });

  it('C11: uses the first free number for a name', async () => {
    for (const name of ['Workflow', 'Workflow (2)']) await install(HW, { name });
    expect((await install(HW, { name: 'Workflow' })).name).toBe('Workflow (1)');
    expect((await install(HW, { name: 'Workflow' })).name).toBe('Workflow (3)');
  });
});

describe('the change of a workflow', () => {
  it('C13: accepts its own name, and rejects the name of another workflow', async () => {
    const [one, two] = [await install(HW, { name: 'One' }), await install(HW, { name: 'Two' })];
    expect((await updateWorkflow(stack.services, one.id, { name: 'One' })).name).toBe('One');
    await expectRejected(
      () => updateWorkflow(stack.services, one.id, { name: two.name }),
      "workflow 'Two' exists",
    );
    await updateWorkflow(stack.services, one.id, { name: 'Three' });
    expect((await get(`/workflows/${one.id}`)).json.name).toBe('Three');
    expect((await install(HW, { name: 'One' })).name).toBe('One');
  });

  it('C14: deletes a workflow with everything that belongs to it, once', async () => {
    const before = await stored(stack.services);
    const { id } = await install(HW, { name: 'Gone' });
    const group = await stack.group(id, alice.token, 'Group');
    await stack.upload(group, alice.token, 'names.txt', 'Ann');
    await removeWorkflow(stack.services, id);
    for (const path of [`/workflows/${id}`, `/groups/${group}`]) {
      expect((await get(path, alice.token)).status).toBe(404);
    }
    await expect(removeWorkflow(stack.services, id)).rejects.toMatchObject({
      status: 404,
      message: `unknown workflow '${id}'`,
    });
    await purged(stack.services, keys.workflow(id));
    expect(await stored(stack.services)).toEqual(before);
  });
});
