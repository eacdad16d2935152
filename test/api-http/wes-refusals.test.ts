import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { quiet, stored } from './stored.ts';
import { runRequest, type WesRequest, wesClient } from './wes-requests.ts';

const HW = { workflow_url: 'flowserv:HW' };

describe('GA4GH WES', () => {
  const stack = useStack({ check: 'faults' });
  let alice: { id: string; token: string };
  let bob: { id: string; token: string };
  let group = '';
  let greeted = '';

  const { ask, start } = wesClient(stack, () => alice.token);

  beforeAll(async () => {
    [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await installTemplate(stack, oneStep(['true']), {}, { id: 'TRUE' });
    group = await stack.group('HW', alice.token, 'Group');
    greeted = (await stack.greet(group, alice.token, 'Ann\n', [{ name: 'sleeptime', value: 0 }])).id;
    await stack.ended(greeted, alice.token);
  });

  it("rejects requests for others' runs and groups, and for objects that do not exist", async () => {
    const others = { token: bob.token };
    for (const path of ['', '/status', '/tasks', '/tasks/0']) {
      expect((await ask('GET', `/runs/${greeted}${path}`, others)).status, path).toBe(403);
      expect((await ask('GET', `/runs/${greeted}${path}`, { token: 'x' })).json.msg).toBe('not logged in');
      expect((await ask('GET', `/runs/unknown${path}`)).status, path).toBe(404);
      expect((await ask('GET', `/runs/..%2F${greeted}${path}`)).status, path).toBe(404);
    }
    expect((await ask('POST', `/runs/${greeted}/cancel`, others)).status).toBe(403);
    expect((await ask('POST', '/runs/unknown/cancel')).status).toBe(404);
    expect((await start({ ...HW, tags: { group } }, {}, others)).status).toBe(403);
    expect((await ask('GET', '/runs', { token: undefined })).status).toBe(403);
    expect((await ask('GET', '/runs', others)).json.runs).toEqual([]);
    expect((await ask('GET', '/unknown')).json).toMatchObject({ msg: 'unknown route', status_code: 404 });
    expect((await ask('DELETE', `/runs/${greeted}`)).status).toBe(405);
  });

  it('rejects a run without a group, with several groups, or with a wrong one, and says what to do', async () => {
    const refusal = async (fields: Readonly<Record<string, string | object>>, token = bob.token) => {
      const { status, json } = await start(fields, {}, { token });
      expect(status).toBe(400);
      return json.msg;
    };
    expect(await refusal(HW)).toBe(
      "you have no group in workflow 'HW'; create one by POST workflows/HW/groups",
    );
    const groups = [await stack.group('HW', bob.token, 'One'), await stack.group('HW', bob.token, 'Two')];
    expect(await refusal(HW)).toBe(
      `you have several groups in workflow 'HW'; set the tag 'group': ${groups.toSorted().join(', ')}`,
    );
    const other = await stack.group('TRUE', bob.token, 'Bob');
    expect(await refusal({ ...HW, tags: { group: other } })).toBe(
      `the group '${other}' belongs to workflow 'TRUE'`,
    );
    expect(await refusal({ ...HW, tags: { group: 'unknown' } })).toBe("unknown group 'unknown'");
    expect(await refusal({ ...HW, tags: { group: 'a#b' } })).toContain('not the id of a group');
    expect(await refusal({ workflow_url: 'flowserv:NONE' })).toBe("unknown workflow 'NONE'");
  });

  it('rejects what the service does not support, and hostile forms, without a trace', async () => {
    await quiet(stack.services);
    const before = await stored(stack.services);
    const json = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const fields: Readonly<Record<string, string | object>>[] = [
      { workflow_url: 'https://example.org/workflow.cwl' },
      { workflow_url: 'flowserv:' },
      { workflow_url: 'flowserv:../HW' },
      { workflow_url: 'HW'.repeat(5000) },
      { ...HW, workflow_type: 'CWL' },
      { ...HW, workflow_type_version: '2' },
      { ...HW, workflow_engine: 'other' },
      { ...HW, workflow_engine_version: '1' },
      { ...HW, workflow_engine_parameters: { memory: '1' } },
      { ...HW, workflow_params: '[]' },
      { ...HW, workflow_params: '{' },
      { ...HW, workflow_params: '{"__proto__": 1}' },
      { ...HW, workflow_params: '{"names": "\\ud800"}' },
      { ...HW, workflow_params: `{"names": ${json(200)}}` },
      { ...HW, workflow_params: `{"names": ${json(100_000)}}` },
      { ...HW, workflow_params: {} },
      { ...HW, workflow_params: { names: 'no such file' } },
      { ...HW, workflow_params: { other: 1 } },
      { ...HW, tags: { group, many: 1 } },
      { ...HW, tags: { group, long: 'x'.repeat(2000) } },
      { ...HW, tags: '["group"]' },
      { ...HW, unknown: 'x' },
      { ...HW, __proto__x: 'x' },
    ];
    for (const given of fields) {
      const { status, json: answer } = await start(given);
      expect([JSON.stringify(given).slice(0, 200), status]).toEqual([expect.any(String), 400]);
      expect(answer.msg.length).toBeLessThan(700);
    }
    const params = { ...HW, workflow_params: { names: 'a' } };
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`f${index}`, 'x']));
    // The last one is stored first, and removed after its arguments are rejected.
    for (const files of [{ '../a': 'x' }, { '/a': 'x' }, { 'b\\..\\a': 'x' }, many, { b: 'x' }]) {
      expect((await start(params, files)).status, JSON.stringify(files)).toBe(400);
    }
    const twice = runRequest(params, { a: 'x' });
    twice.append('workflow_attachment', new Blob(['y']), 'a');
    const field = runRequest(params);
    field.append('workflow_url', 'flowserv:HW');
    const bodies: WesRequest[] = [
      { body: twice },
      { body: field },
      { body: 'a=b&'.repeat(100_000), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { body: 'a=%FF', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { body: '{}', headers: { 'content-type': 'application/json' } },
      { body: '--x\r\n', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      { headers: { 'content-length': '0' } },
    ];
    for (const options of bodies) expect((await ask('POST', '/runs', options)).status).toBe(400);
    expect(await stored(stack.services)).toEqual(before);
  });
});
