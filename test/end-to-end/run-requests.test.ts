import { beforeAll, describe, expect, it } from 'vitest';
import { timestamp } from '../../shared/ids.ts';
import { removeObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { fileArgument, installTemplate, oneStep, resultText, start } from './install-template.ts';
import { fixture } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Requests that start a run, and the life of the run. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let bob: { id: string; token: string };
let hello: string;
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  bob = await stack.user('bob');
  hello = await stack.install(fixture('hello-world'), { id: 'HW' });
  group = await stack.group(hello, alice.token, 'Alice');
});

const names = () => fileArgument(stack, group, alice.token, 'Ann\nBob\n');
const ended = (id: string) => stack.ended(id, alice.token);

async function runsOf(groupId: string): Promise<{ id: string; state: string }[]> {
  return (await stack.request('GET', `/groups/${groupId}/runs`, { token: alice.token })).json.runs;
}

/** Creates a group of a new workflow with one step. */
async function groupOf(template: string, id: string): Promise<string> {
  return stack.group(await installTemplate(stack, template, {}, { id }), alice.token, 'Group');
}

describe('starting a run', () => {
  it('J4, J5, J6, J7, J9: rejects invalid arguments, and stores nothing', async () => {
    const file = await names();
    const unknown = { type: '$file', value: { fileId: '0'.repeat(32) } };
    const cases: [unknown, number, string | RegExp][] = [
      [
        {
          arguments: [
            { name: 'names', value: file },
            { name: 'sleepfor', value: 1 },
          ],
        },
        400,
        /sleepfor/,
      ],
      [
        {
          arguments: [
            { name: 'names', value: file },
            { name: 'sleeptime', value: 1 },
            { name: 'sleeptime', value: 2 },
          ],
        },
        400,
        /sleeptime/,
      ],
      [{ arguments: [{ name: 'sleeptime', value: 0 }] }, 400, "missing argument for 'names'"],
      [{ arguments: [{ name: 'names', value: unknown }] }, 404, `unknown file '${'0'.repeat(32)}'`],
      [{ arguments: [{ name: 'names' }] }, 400, /value/],
      [{ arguments: [{ value: 1 }] }, 400, /name/],
      [{ arguments: { names: file } }, 400, /list/],
      [{ arguments: ['names'] }, 400, /name/],
      [{ arguments: [{ name: 'names', value: 'names.txt' }] }, 400, /names/],
      [{ arguments: [{ name: 'names', value: { type: '$dir', value: {} } }] }, 400, /names/],
    ];
    for (const [body, status, message] of cases) {
      const reply = await stack.request('POST', `/groups/${group}/runs`, { token: alice.token, body });
      expect({ body, status: reply.status }).toEqual({ body, status });
      if (typeof message === 'string') expect(reply.json.message).toBe(message);
      else expect(reply.json.message).toMatch(message);
    }
    expect(await runsOf(group)).toEqual([]);
  });

  it('J13: rejects all requests of a non-member about a run', async () => {
    const run = (await start(stack, group, alice.token, { names: await names(), sleeptime: 0 })).json;
    const rejected = await Promise.all([
      stack.request('GET', `/runs/${run.id}`, { token: bob.token }),
      stack.request('PUT', `/runs/${run.id}`, { token: bob.token }),
      stack.request('DELETE', `/runs/${run.id}`, { token: bob.token }),
      stack.request('GET', `/groups/${group}/runs`, { token: bob.token }),
      start(stack, group, bob.token),
    ]);
    expect(rejected.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await ended(run.id)).state).toBe('SUCCESS');
  });

  it('J31: runs a step from an argument, with its own file', async () => {
    const template = `workflow:
  files:
    outputs: [results/hello.txt]
  steps:
    - name: greet
      action: $[[greeter]]
parameters:
  - {name: greeter, dtype: actor, isRequired: true}
  - {name: greeting, dtype: string, defaultValue: hi}
`;
    const own = await groupOf(template, 'J31');
    const file = await fileArgument(stack, own, alice.token, 'Alice, hello!\n');
    const greeter = {
      environment: 'python:3.9',
      commands: ['mkdir -p results', 'cp extra/in.txt results/hello.txt'],
      files: [{ fileId: file.value.fileId, targetPath: 'extra/in.txt' }],
    };
    const { json } = await start(stack, own, alice.token, { greeter, greeting: 'HELLO' });
    const run = await ended(json.id);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'results/hello.txt')).toBe('Alice, hello!\n');
  });

  it('J32: applies the configuration of the operator, and not that of a request', async () => {
    const config = (who: string) => ({
      workers: [{ name: 'w', type: 'subprocess', env: [{ key: 'WHO', value: who }] }],
      workflow: [{ step: 'only', worker: 'w' }],
    });
    const template = oneStep(['echo "$$WHO" > who.txt'], '', ['who.txt']);
    const workflow = await installTemplate(stack, template, {}, { id: 'J32', config: config('operator') });
    const own = await stack.group(workflow, alice.token, 'Group');
    const body = { arguments: [], config: config('participant') };
    const reply = await stack.request('POST', `/groups/${own}/runs`, { token: alice.token, body });
    expect(await resultText(stack, await ended(reply.json.id), 'who.txt')).toBe('operator\n');
  });

  it('J34: creates a failed run if the workflow cannot be planned', async () => {
    const template = oneStep(
      ['echo $[[a]]'],
      'parameters:\n  - {name: a, dtype: string, isRequired: false}\n',
    );
    const own = await groupOf(template, 'J34');
    const reply = await start(stack, own, alice.token);
    const awk = await groupOf(oneStep(["awk '{print $1}' /dev/null"]), 'I11');
    const unreadable = await start(stack, awk, alice.token);
    expect(unreadable.status).toBe(201);
    expect(unreadable.json.state).toBe('ERROR');
    expect(unreadable.json.messages.join()).toMatch(/\S/);
    // A missing value is an error of the participant's request, so nothing is stored.
    expect(reply.status).toBe(400);
    expect(await runsOf(own)).toEqual([]);
    expect(
      (await stack.request('DELETE', `/runs/${unreadable.json.id}`, { token: alice.token })).status,
    ).toBe(204);
  });

  it('J28: needs a group, and the run belongs only to this group', async () => {
    const post = (path: string, body: object = {}) =>
      stack.request('POST', path, { token: alice.token, body });
    expect((await post('/runs')).status).toBe(404);
    // Organisers list the runs of a workflow with GET.
    expect((await post('/workflows/HW/runs')).status).toBe(405);
    const unknown = await post(`/groups/${'0'.repeat(32)}/runs`);
    expect([unknown.status, unknown.json.code]).toEqual([404, 'group.unknown']);
    const own = await groupOf(oneStep(['true']), 'J28');
    const { json } = await post(`/groups/${own}/runs`, { arguments: [] });
    expect([json.groupId, json.workflowId]).toEqual([own, 'J28']);
    for (const more of [{ workflowId: 'HW' }, { groupId: group }, { runs: [json.id] }]) {
      expect((await post(`/groups/${own}/runs`, { arguments: [], ...more })).status).toBe(400);
    }
    expect((await runsOf(own)).map(({ id }) => id)).toEqual([json.id]);
    await ended(json.id);
  });

  it('J30: gets a 404 for the group after the workflow is deleted', async () => {
    const own = await groupOf(oneStep(['true']), 'J30');
    await removeWorkflow(stack.services, 'J30');
    const reply = await start(stack, own, alice.token);
    expect([reply.status, reply.json.message]).toEqual([404, `unknown group '${own}'`]);
  });

  it('rejects a value and commands of an actor that are too long', async () => {
    const template = oneStep(
      Array.from({ length: 12 }, () => 'true $[[text]]'),
      'parameters:\n  - {name: text, dtype: string}\n',
    );
    const large = Array.from({ length: 40 }, () => '# '.repeat(30_000));
    const own = await groupOf(template, 'large');
    expect((await start(stack, own, alice.token, { text: 'x'.repeat(130_000) })).status).toBe(400);
    const actor = await groupOf(
      'workflow:\n  steps:\n    - {name: s, action: "$[[a]]"}\nparameters:\n  - {name: a, dtype: actor}\n',
      'largeactor',
    );
    const reply = await start(stack, actor, alice.token, { a: { environment: 'x', commands: large } });
    expect(reply.status).toBe(400);
    expect(reply.json.message).toBe("argument 'a'.commands: longer than 262144 characters in all");
  });
});

describe('a started run', () => {
  it('D12: is listed in the handle of its group, with the uploads', async () => {
    const own = await stack.group(hello, alice.token, 'D12');
    const file = await fileArgument(stack, own, alice.token, 'Ann\n');
    const { json } = await start(stack, own, alice.token, { names: file, sleeptime: 0 });
    await ended(json.id);
    const handle = (await stack.request('GET', `/groups/${own}`, { token: alice.token })).json;
    expect(handle.files.map(({ id }: { id: string }) => id)).toEqual([file.value.fileId]);
    expect(handle.runs).toMatchObject([{ id: json.id, state: 'SUCCESS', createdAt: json.createdAt }]);
    expect(handle.runs).toHaveLength(1);
  });

  it('J16, J17, J19: can be deleted but not canceled after its end', async () => {
    const { json } = await start(stack, group, alice.token, { names: await names(), sleeptime: 60 });
    const path = `/runs/${json.id}`;
    const active = await stack.request('DELETE', path, { token: alice.token });
    expect(active.status).toBe(400);
    const typo = await stack.request('PUT', path, { token: alice.token, body: { messgae: 'x' } });
    expect(typo.status).toBe(400);
    expect((await stack.request('PUT', path, { token: alice.token, body: {} })).json).toMatchObject({
      state: 'CANCELED',
      messages: ['canceled at user request'],
    });
    expect((await stack.request('PUT', path, { token: alice.token })).status).toBe(400);
    expect((await stack.request('DELETE', path, { token: alice.token })).status).toBe(204);
    expect((await stack.request('DELETE', path, { token: alice.token })).status).toBe(404);
    expect((await stack.request('GET', path, { token: alice.token })).status).toBe(404);
  });

  it('J27: lists only the files that the template declares, with their descriptions', async () => {
    const template = oneStep(
      ['echo 1 > a.txt; echo 2 > b.txt; echo 3 > c.txt'],
      `outputs:
  - {source: a.txt, key: greetings, title: Greetings, caption: All, format: {type: csv, header: false}, widget: w}
  - {source: b.txt, format: {type: json}}
`,
      ['c.txt'],
    );
    const { json } = await start(stack, await groupOf(template, 'J27'), alice.token);
    const { files } = await ended(json.id);
    const ids = files.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(files.sort((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1))).toEqual([
      { id: expect.any(String), name: 'b.txt', format: { type: 'json' } },
      {
        id: expect.any(String),
        name: 'greetings',
        title: 'Greetings',
        caption: 'All',
        format: { type: 'csv', header: false },
        widget: 'w',
      },
    ]);
  });

  it('J33: succeeds without declared outputs that it does not create', async () => {
    const own = await groupOf(oneStep(['echo 1 > made.txt'], '', ['made.txt', 'missing.txt']), 'J33');
    const run = await ended((await start(stack, own, alice.token)).json.id);
    expect(run.state).toBe('SUCCESS');
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual(['made.txt']);
  });

  it('J29: is obsolete before a given time, in any state or in a given state', async () => {
    const own = await groupOf(
      oneStep(['exit $[[code]]'], 'parameters:\n  - {name: code, dtype: int}\n'),
      'J29',
    );
    const runIn = async (code: number) => ended((await start(stack, own, alice.token, { code })).json.id);
    const early = [await runIn(0), await runIn(1)];
    expect(early.map(({ state }) => state)).toEqual(['SUCCESS', 'ERROR']);
    const before = timestamp(new Date());
    const late = await runIn(0);
    // Other tests of this file left runs as well, which are also older.
    await removeObsoleteRuns(stack.services, early[0].createdAt);
    expect(await removeObsoleteRuns(stack.services, before, 'ERROR')).toBe(1);
    expect(await removeObsoleteRuns(stack.services, before)).toBe(1);
    expect((await runsOf(own)).map(({ id }) => id)).toEqual([late.id]);
    expect(await removeObsoleteRuns(stack.services, '2020')).toBe(0);
  });
});
