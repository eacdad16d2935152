import { beforeAll, expect, it } from 'vitest';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { UploadKind } from '../../shared/staging/protocol.ts';
import { installTemplate, oneStep, SCORES } from '../end-to-end/install-template.ts';
import { askBroker, describeUpload, playTask, put, startedRun, stopped } from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** An attacker keeps a link from a ticket and uses it after the ticket expired. */
const stack = useStack();
let group: string;
let token: string;
beforeAll(async () => {
  token = (await stack.user('alice')).token;
  await installTemplate(stack, oneStep(['true'], SCORES, ['result.json', 'out.txt']), {}, { id: 'W' });
  group = await stack.group('W', token, 'Alice');
});

const linkFor = async (ticket: string, kind: UploadKind, path: string, content: string) => {
  const files = [describeUpload(kind, path, content)];
  const { json } = await askBroker(stack, ticket, '/uploads', { files });
  return json.uploads[0];
};

it('a kept link cannot change the result or a file of a run after its step ended', async () => {
  const { id, ticket } = await startedRun(stack, group);
  const forged = '{"score": 99}';
  const kept = [
    await linkFor(ticket, 'result', 'result.json', forged),
    await linkFor(ticket, 'output', 'out.txt', forged),
    await linkFor(ticket, 'archive', 'run.tar.gz', forged),
  ];
  const archived = await put(await linkFor(ticket, 'archive', 'run.tar.gz', 'a'), 'a');
  await playTask(stack, ticket, { exitCode: 0, files: { 'result.json': '{"score": 1}', 'out.txt': 'own' } });
  await nextStep(stack.services, { runId: id, outcome: stopped(0) });

  const responses = await Promise.all(kept.map((link) => put(link, forged)));

  expect([archived, ...responses]).toEqual([200, 412, 412, 412]);
  await settleRun(stack.services, id, true);
  const { json } = await stack.request('GET', `/runs/${id}`, { token });
  expect(json.state).toBe('SUCCESS');
  const file = json.files.find(({ name }: { name: string }) => name === 'out.txt');
  expect((await stack.request('GET', `/runs/${id}/downloads/files/${file.id}`)).text).toBe('own');
  const leaderboard = (await stack.request('GET', '/workflows/W/leaderboard')).json;
  expect(
    leaderboard.ranking.map(({ results }: { results: { value: number }[] }) => results[0]?.value),
  ).toEqual([1]);
});

it('a kept link cannot change the result of a code step, and other steps have none', async () => {
  const steps = [
    { name: 'make', action: { func: 'statistics.mean', arg: 'z' } },
    { name: 'use', action: { environment: 'python:3.9', commands: ['echo "${z}"'] } },
  ];
  await installTemplate(stack, JSON.stringify({ workflow: { steps }, parameters: [] }), {}, { id: 'CODE' });
  const { ticket } = await startedRun(stack, await stack.group('CODE', token, 'Alice'));
  const kept = await linkFor(ticket, 'variable', 'variable.json', '99');
  expect(await put(await linkFor(ticket, 'variable', 'variable.json', '1'), '1')).toBe(200);
  expect(await put(kept, '99')).toBe(412);
  const tooLarge = { ...describeUpload('variable', 'variable.json', 'x'), size: 120_001 };
  expect((await askBroker(stack, ticket, '/uploads', { files: [tooLarge] })).status).toBe(403);
  const { ticket: other } = await startedRun(stack, group);
  const files = [describeUpload('variable', 'variable.json', '99')];
  expect((await askBroker(stack, other, '/uploads', { files })).status).toBe(403);
});

it('a link to store a file is valid for five minutes and one digest', async () => {
  const { ticket } = await startedRun(stack, group);
  const link = await linkFor(ticket, 'output', 'out.txt', 'own');
  expect(new URL(link.url).searchParams.get('X-Amz-Expires')).toBe('300');
  expect(await put(link, 'own!')).toBe(400);
});
