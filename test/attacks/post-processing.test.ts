import { expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Files of one run cannot break post-processing for all runs. */
const TEMPLATE = `parameters: [{name: own, dtype: actor}]
workflow:
  files: {outputs: [result.json]}
  steps:
    - {name: own, files: {outputs: [result.json]}, action: '$[[own]]'}
${SCORES}    - {name: note, label: Note, dtype: string, required: false}
postproc:
  inputs: {files: [result.json], runs: runs/}
  workflow:
    files: {outputs: [all.json]}
    steps:
      - {name: list, action: {environment: 'python:3.9', commands: ['cp runs/runs.json all.json']}}
`;

const stack = useStack();

it('post-processing gets numbers even if a run replaced them by texts in its files', async () => {
  const { token } = await stack.user('mallory');
  await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
  const group = await stack.group('W', token, 'Group');
  const own = { environment: 'python:3.9', commands: [`echo '{"score": "1e3"}' > result.json`] };
  const { json } = await start(stack, group, token, { own });
  const run = await stack.ended(json.id, token);
  expect(run.state).toBe('SUCCESS');
  const { files } = await stack.postproc('W', ({ state }) => state === 'SUCCESS');
  const all = await stack.request('GET', `/workflows/W/downloads/files/${files[0].id}`);
  expect(JSON.parse(all.text)).toEqual([
    { id: run.id, name: 'Group', files: ['result.json'], results: { score: 1000, note: null } },
  ]);
});

it('the output of post-processing, which may have the files of any group, is for members of the workflow only', async () => {
  const [alice, mallory, carol] = await Promise.all([
    stack.user('alice'),
    stack.user('mallory2'),
    stack.user('carol'),
  ]);
  const prints = TEMPLATE.replace("'cp runs/", "'cat runs/*/result.json', 'cp runs/");
  await installTemplate(stack, prints, {}, { id: 'PRINTS' });
  const group = await stack.group('PRINTS', alice.token, 'Group');
  const own = {
    environment: 'python:3.9',
    commands: [`echo '{"score": 1, "x": "canary-4f1e"}' > result.json`],
  };
  await start(stack, group, alice.token, { own });
  const { id } = await stack.postproc('PRINTS', ({ state }) => state === 'SUCCESS');
  await giveRole(stack.services, 'operator', 'PRINTS', 'carol', 'viewer');
  const read = async (token: string | undefined) => {
    const paths = [`/runs/${id}`, `/runs/${id}/logs`, `/runs/${id}/logs/0/stdout`];
    const replies = await Promise.all(paths.map((path) => stack.request('GET', path, { token })));
    return { statuses: replies.map(({ status }) => status), text: replies.map((reply) => reply.text).join() };
  };
  for (const { token } of [alice, mallory]) {
    const { statuses, text } = await read(token);
    expect(statuses).toEqual([200, 403, 403]);
    expect(text).not.toContain('canary');
  }
  const shown = await read(carol.token);
  expect(shown.statuses).toEqual([200, 200, 200]);
  expect(shown.text).toContain('canary');
});
