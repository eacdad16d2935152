import { expect, it } from 'vitest';
import { installTemplate, oneStep, resultText } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { contestAt, phaseRequests } from './phase-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { rows, team, get } = phaseRequests(stack);

const LABELS = {
  'labels/eval.txt': { text: '1\n', access: 'private' },
  'labels/final.txt': { text: '2\n', access: 'private' },
} as const;

/** The score is the argument and the label; post-processing reads the label too. */
const TEMPLATE = oneStep(
  [`printf '{"score": %s}' "$[[score]]$$(cat labels/eval.txt)" > result.json`],
  `parameters: [{name: score, dtype: int}]
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
postproc:
  private: true
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['cat labels/eval.txt runs/*/result.json > all.txt']}
  inputs: {files: [result.json], runs: runs/}
`,
  ['result.json'],
);
const inputs = { test: ', inputs: {labels/eval.txt: labels/final.txt}' };

it('a phase gives other private files to the steps of the organiser and to post-processing', async () => {
  await installTemplate(stack, TEMPLATE, LABELS, { id: 'INPUTS' }, contestAt('dev', inputs));
  const one = await team('INPUTS', 'one');
  expect((await one.score(5)).state).toBe('SUCCESS');
  await updateTemplate(stack.services, 'INPUTS', TEMPLATE, LABELS, contestAt('test', inputs));
  expect((await one.score(5)).state).toBe('SUCCESS');
  expect(await rows('INPUTS', '?phase=dev')).toEqual([['one', 51]]);
  expect(await rows('INPUTS')).toEqual([['one', 52]]);
  expect(JSON.stringify(await get('/workflows/INPUTS', one.token))).not.toContain('final.txt');
  const text = await poll(async () => {
    const { postproc } = await get('/workflows/INPUTS/leaderboard');
    return postproc?.state === 'SUCCESS' ? resultText(stack, postproc, 'all.txt') : undefined;
  }, 'no post-processing');
  expect(text).toBe('2\n{"score": 52}');
});

it('a phase cannot replace a file that participants get, or by one', async () => {
  const open = { ...LABELS, 'data/open.txt': '3\n' };
  for (const files of ['data/open.txt: labels/final.txt', 'labels/eval.txt: data/open.txt']) {
    const settings = contestAt('test', { test: `, inputs: {${files}}` });
    await expect(installTemplate(stack, TEMPLATE, open, { id: 'OPEN' }, settings)).rejects.toThrow(
      "'data/open.txt' is not a private file",
    );
  }
});
