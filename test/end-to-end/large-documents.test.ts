import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { ALL_RESULTS, installTemplate, SCORES, start } from './install-template.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/**
 * One workflow in which all documents are larger than an item of the table: its template, a group's own parameters,
 * arguments, plan and list of kept files. Functions run in separate processes, so that each reads the documents itself.
 */
const padding = 'x'.repeat(110_000);
/** The longest command has 64 KiB. */
const command = `true ${'x'.repeat(60_000)}`;
/** 400 entries of about 300 bytes. */
const FILES = 400;
const name = `out/${'n'.repeat(180)}`;
const template = `workflow:
  files:
    outputs: [out/, result.json]
  steps:
    - name: own
      action: "$[[own]]"
    - name: files
      cache: true
      action:
        environment: python@sha256:${'0'.repeat(64)}
        commands:
          - "true $[[text]]"
          - "${command}"
          - "${command}"
          - "seq -f '${name}-%g' 1 ${FILES} | xargs touch"
          - "echo '{\\"score\\": 1}' > result.json"
parameters:
  - {name: own, dtype: actor}
  - {name: text, dtype: string}
${SCORES}${ALL_RESULTS}`;

const stack = useStack({ isolate: true, check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
  await installTemplate(stack, template, {}, { id: 'W' });
}, 120_000);

describe('a workflow whose documents are all larger than an item', () => {
  it('runs, and is ranked, post-processed and deleted like any other', async () => {
    const parameters = [{ name: 'more', dtype: 'string', isRequired: false, help: padding }];
    const body = { name: 'Large', parameters };
    const created = await stack.request('POST', '/workflows/W/groups', { token: alice.token, body });
    expect(created.status).toBe(201);
    const group = created.json.id;

    // An image that no installed workflow uses, so that the next step registers it.
    const own = { environment: 'python:3.9-own', commands: ['true'] };
    const started = await start(stack, group, alice.token, { text: padding, own });
    expect(started.status).toBe(201);
    const run = await stack.ended(started.json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(run.files).toHaveLength(FILES + 1);
    expect(run.arguments.find((argument: { name: string }) => argument.name === 'text').value).toBe(padding);

    // All documents are stored as objects.
    const { table } = stack.services;
    const { version } = Object(await table.get(keys.workflow('W')));
    const documents = [
      keys.document(keys.workflow('W'), version),
      keys.document(keys.group(group), 'parameters'),
      ...['arguments', 'plan', 'files'].map((part) => keys.document(keys.run(run.id), part)),
    ];
    for (const key of documents)
      expect([key, (await table.get(key))?.object]).toEqual([key, expect.any(String)]);

    const postproc = await stack.postproc('W', ({ state }) => state === 'SUCCESS');
    expect(postproc.files.map((file: { name: string }) => file.name)).toEqual(['all.txt']);
    expect((await stack.request('GET', '/workflows/W/leaderboard')).json.ranking[0].run.id).toBe(run.id);
    expect((await stack.request('DELETE', `/runs/${run.id}`, { token: alice.token })).status).toBe(204);
    await poll(async () => {
      const leaderboard = await readLeaderboardState(stack.services, 'W');
      return leaderboard.dirty === leaderboard.built && leaderboard.trigger === leaderboard.processed
        ? true
        : undefined;
    }, 'the leaderboard is not updated');
  }, 180_000);
});
