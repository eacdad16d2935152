import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Parameters of a group neither replace the template's nor affect the organiser's steps. */
const TEMPLATE = `parameters:
  - {name: names, dtype: file, target: data/names.txt, isRequired: true}
  - {name: rounds, dtype: int, range: '[1,3]', defaultValue: 1}
  - {name: step, dtype: actor, isRequired: false}
workflow:
  files: {outputs: [out.txt, own.txt]}
  parameters: {source: '$[[names]]', rounds: '$[[rounds]]'}
  steps:
    - name: own
      action: $[[step]]
    - name: count
      action:
        environment: python:3.9
        commands:
          - cat "\${source}" > out.txt
          - echo "\${rounds} \${label}" >> out.txt
          - 'echo "$[[rounds ? \${word} : \${other}]]" >> out.txt'
          - env | grep -i canary >> out.txt || true
`;

const stack = useStack();
let token: string;
let groups = 0;

beforeAll(async () => {
  token = (await stack.user('mallory')).token;
  await installTemplate(stack, TEMPLATE, { 'data/friends.txt': 'the right answers\n' }, { id: 'W' });
});

function create(parameters: readonly object[]) {
  groups += 1;
  const body = { name: `Group ${groups}`, parameters };
  return stack.request('POST', '/workflows/W/groups', { token, body });
}

async function namesOf(group: string) {
  const { json } = await stack.upload(group, token, 'names.txt', 'Ann\n');
  return { type: '$file', value: { fileId: json.id } };
}

describe('parameters of a group', () => {
  it('do not replace those of the template', async () => {
    const ofTemplate = (await stack.request('GET', '/workflows/W')).json.parameters;
    const added = { name: 'depth', dtype: 'int', index: 0, isRequired: false };
    const created = await create([
      { name: 'rounds', dtype: 'string', defaultValue: 'many' },
      added,
      { name: 'names', dtype: 'file', target: null, defaultValue: 'data/friends.txt' },
    ]);
    expect(created.status).toBe(201);
    const group = created.json.id;
    expect(created.json.parameters).toEqual([...ofTemplate, expect.objectContaining(added)]);
    const { parameters } = (await stack.request('GET', `/groups/${group}`, { token })).json;
    expect(parameters).toEqual(created.json.parameters);

    const withoutNames = await start(stack, group, token);
    expect([withoutNames.status, withoutNames.json.message]).toEqual([400, "missing argument for 'names'"]);
    const outOfRange = await start(stack, group, token, { names: await namesOf(group), rounds: '4' });
    expect(outOfRange.status).toBe(400);
  });

  it('keep declarations of the template that the list omits', async () => {
    const { parameters } = (await stack.request('GET', '/workflows/W')).json;
    const created = await create([]);
    expect([created.status, created.json.parameters]).toEqual([201, parameters]);
  });

  it.each([
    { name: 'source', what: 'a variable of the workflow' },
    { name: 'label', what: 'a placeholder' },
    { name: 'word', what: 'a placeholder in a branch' },
  ])('cannot have the name of $what', async ({ name }) => {
    const { status, json } = await create([{ name, dtype: 'string', isRequired: false }]);
    expect(status).toBe(400);
    expect(json.message).toContain(`'${name}'`);
  });

  it("are passed to the participant's step, and not to the organiser's steps", async () => {
    const { json } = await create([{ name: 'canary', dtype: 'string', defaultValue: 'by default' }]);
    const step = { environment: 'python:3.9', commands: ['echo "${canary} $[[canary]]" > own.txt'] };
    const values = { names: await namesOf(json.id), canary: 'tweet', step };
    const started = await start(stack, json.id, token, values);
    const run = await stack.ended(started.json.id, token);
    expect(run.state).toBe('SUCCESS');
    expect(await resultText(stack, run, 'own.txt')).toBe('tweet tweet\n');
    expect(await resultText(stack, run, 'out.txt')).toBe('Ann\n1 label\nother\n');
  });
});
