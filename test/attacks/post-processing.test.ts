import { expect, it } from 'vitest';
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
