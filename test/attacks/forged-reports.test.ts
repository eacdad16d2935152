import { beforeAll, describe, expect, it } from 'vitest';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { UploadKind } from '../../shared/staging/protocol.ts';
import { installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import { admittedRun, askBroker, describeUpload, put, started, stopped } from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** The ticket of a participant's step cannot replace files of the scorer. */
const stack = useStack();
let group: string;

const template = `workflow:
  files: {outputs: [result.json, plot.txt]}
  steps:
    - {name: score, action: {environment: 'python:3.9', commands: ['true']}}
    - {name: own, action: "$[[step]]"}
parameters:
  - {name: step, dtype: actor}
${SCORES}`;

beforeAll(async () => {
  const alice = await stack.user('alice');
  await installTemplate(stack, template, {}, { id: 'W' });
  group = await stack.group('W', alice.token, 'Group');
});

const link = (ticket: string, kind: UploadKind, path: string, content: string) =>
  askBroker(stack, ticket, '/uploads', { files: [describeUpload(kind, path, content)] });

async function store(ticket: string, kind: UploadKind, path: string, content: string): Promise<void> {
  const { json } = await link(ticket, kind, path, content);
  expect(await put(json.uploads[0], content)).toBe(200);
}

describe('the last step of a participant', () => {
  it("cannot change the scorer's result by a forged report", async () => {
    const id = await admittedRun(stack, group, { step: { environment: 'x', commands: ['true'] } });
    const first = started(await nextStep(stack.services, { runId: id, outcome: null }));
    const score = '{"score": 5}';
    const { size, sha256 } = describeUpload('tree', 'result.json', score);
    const source = { kind: 'tree', id: sha256 };
    const entry = { type: 'file', path: 'result.json', mode: 0o644, size, sha256, source, protected: false };
    await store(first.ticket, 'tree', 'result.json', score);
    await store(first.ticket, 'manifest', 'manifest.json', JSON.stringify({ v: 1, entries: [entry] }));
    const at = new Date().toISOString();
    const report = {
      ...{ v: 1, step: { index: 0, name: 'score', attempt: 1 }, attempt: 1, exitCode: 0, failure: null },
      ...{
        startedAt: at,
        finishedAt: at,
        commands: [],
        outputs: [],
        result: null,
        archive: null,
        warnings: [],
      },
    };
    await store(first.ticket, 'status', 'status.json', JSON.stringify(report));
    const { ticket } = started(await nextStep(stack.services, { runId: id, outcome: stopped(0) }));
    const statusOf = async (kind: UploadKind, path: string, content: string) =>
      (await link(ticket, kind, path, content)).status;
    expect(await statusOf('result', 'result.json', '{"score": 1000}')).toBe(403);
    expect(await statusOf('output', 'result.json', '{"score": 1000}')).toBe(403);
    expect(await statusOf('result', 'result.json', score)).toBe(200);
    expect(await statusOf('output', 'plot.txt', 'x')).toBe(200);
  });

  it.each([
    ['a file', 'mkdir out; echo 5 > out/1.json; ln -s ../out/1.json r/s.json', 'out/1.json'],
    ['a file in a folder', 'mkdir out; echo 5 > out/s.json; rmdir r; ln -s out r', 'out/s.json'],
    ['a link', 'mkdir out; echo 5 > out/1.json; ln -s out now; ln -s ../now/1.json r/s.json', 'out/1.json'],
  ])('cannot change a result of the scorer that is a link to %s', async (_, made, behind) => {
    const score = `sed -i 's/.*/{"score": &}/'`;
    const scored = `workflow:
  files: {outputs: [r/s.json]}
  steps:
    - {name: score, action: {environment: 'python:3.9', commands: [${JSON.stringify(`${made}; ${score} ${behind}`)}]}}
    - {name: own, action: "$[[step]]"}
parameters:
  - {name: step, dtype: actor}
${SCORES.replace('result.json', 'r/s.json')}`;
    const forge = `for name in ${behind} r/s.json; do rm -f $name; echo '{"score": 1000}' > $name; done; rm -r r; ln -s out r`;
    const workflow = await installTemplate(stack, scored);
    const { token } = await stack.user(`mallory ${workflow}`);
    const own = await stack.group(workflow, token, 'Group');
    const scoresOf = async (...commands: string[]) => {
      const step = { environment: 'python:3.9', commands };
      const run = await stack.ended((await start(stack, own, token, { step })).json.id, token);
      expect(run.state).toBe('SUCCESS');
      const leaderboard = await stack.request('GET', `/workflows/${workflow}/leaderboard?includeAll`);
      const ranked = leaderboard.json.ranking.find(
        (entry: { run: { id: string } }) => entry.run.id === run.id,
      );
      return ranked?.results[0].value;
    };
    expect(await scoresOf(`echo '{"score": 1000}' > ${behind}`)).toBe(5);
    expect(await scoresOf(forge)).toBeUndefined();
  });
});

describe('a link that a participant leaves for the scorer', () => {
  it('cannot replace a folder of a result', async () => {
    const scored = `workflow:
  files: {outputs: [r/s.json]}
  steps:
    - {name: own, files: {outputs: [r, out]}, action: "$[[step]]"}
    - {name: score, action: {environment: 'python:3.9', commands: ['true']}}
parameters:
  - {name: step, dtype: actor}
${SCORES.replace('result.json', 'r/s.json')}`;
    const workflow = await installTemplate(stack, scored);
    const { token } = await stack.user(`mallory ${workflow}`);
    const own = await stack.group(workflow, token, 'Group');
    const forge = `rm -r r; mkdir out; echo '{"score": 1000}' > out/s.json; ln -s out r`;
    const step = { environment: 'python:3.9', commands: [forge] };
    const run = await stack.ended((await start(stack, own, token, { step })).json.id, token);
    expect(run.state).toBe('SUCCESS');
    expect(run.warnings[0].code).toBe('result.missing');
    const leaderboard = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
    expect(leaderboard.json.ranking).toEqual([]);
  });
});
