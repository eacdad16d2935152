import { beforeAll, describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../shared/engine/next-step-protocol.ts';
import { createCheckReuse } from '../../shared/reuse/check-reuse.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { FileSource, UploadKind } from '../../shared/staging/protocol.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { DIGEST } from '../end-to-end/driven-run.ts';
import { installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import {
  admittedRun,
  askBroker,
  describeUpload,
  playTask,
  put,
  started,
  stopped,
} from '../end-to-end/played-run.ts';
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

/** A participant who made a scorer with `cache: true` take the outputs for content of others would get their score. */
describe('the recorded outputs of a scorer', () => {
  const cached = `workflow:
  files: {outputs: [result.json]}
  steps:
    - {name: own, files: {outputs: [labels.txt]}, action: "$[[step]]"}
    - {name: score, cache: true, action: {environment: 'python@${DIGEST}', commands: ['true']}}
parameters:
  - {name: step, dtype: actor}
${SCORES}`;
  const GOOD = 'good labels';
  const BAD = 'bad labels, of another size';
  const digestOf = (content: string) => describeUpload('tree', 'labels.txt', content).sha256;
  let workflow: string;
  let token: string;
  beforeAll(async () => {
    workflow = await installTemplate(stack, cached, { 'code/base.txt': 'base' });
    ({ token } = await stack.user('mallory'));
  });
  const newGroup = () => stack.group(workflow, token, `Group ${crypto.randomUUID()}`);

  /** What the participant's step stores and claims. */
  interface Left {
    readonly stored: string;
    readonly claimed: string;
    readonly source: FileSource;
    readonly more?: readonly object[];
  }
  const honest = (content: string): Left => ({
    stored: content,
    claimed: content,
    source: { kind: 'tree', id: digestOf(content) },
  });

  /** Creates a run whose first step leaves labels, and returns the response for the scorer. */
  async function runOf(of: string, { stored, claimed, source, more = [] }: Left) {
    const id = await admittedRun(stack, of, { step: { environment: 'x', commands: ['true'] } });
    const next = (outcome: StepOutcome | null) =>
      nextStep(stack.services, { runId: id, outcome }, createCheckReuse(stack.services));
    const { ticket } = started(await next(null));
    const { size, sha256 } = describeUpload('tree', 'labels.txt', claimed);
    const entry = { type: 'file', path: 'labels.txt', mode: 0o644, size, sha256, source, protected: false };
    await store(ticket, 'tree', 'labels.txt', stored);
    await store(ticket, 'manifest', 'manifest.json', JSON.stringify({ v: 1, entries: [entry, ...more] }));
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    return { id, next, answer: await next(stopped(0)) };
  }

  /** Records the outputs of the scorer for the good labels. */
  async function record(of: string): Promise<string> {
    const { id, next, answer } = await runOf(of, honest(GOOD));
    await playTask(stack, started(answer).ticket, {
      exitCode: 0,
      files: { 'result.json': '{"score": 1000}' },
    });
    const { task, ...outcome } = stopped(0, 1, 1);
    expect(await next({ ...outcome, task: { ...task, imageDigest: DIGEST } })).toEqual({ action: 'done' });
    return id;
  }

  it('are given to a run that has the same labels', async () => {
    const of = await newGroup();
    await record(of);
    expect((await runOf(of, honest(GOOD))).answer).toEqual({ action: 'done' });
    expect((await runOf(of, honest(BAD))).answer).toMatchObject({ action: 'run', step: 1 });
  });

  it.each<[string, Left]>([
    ['for stored ones with another digest', { ...honest(BAD), claimed: GOOD }],
    ['without having it', { ...honest(GOOD), stored: BAD }],
    ['for a static file', { stored: BAD, claimed: GOOD, source: { kind: 'input', id: 's0' } }],
    ['for an input that does not exist', { stored: BAD, claimed: GOOD, source: { kind: 'input', id: 'i7' } }],
  ])('are not given to a run that claims their digest %s', async (_, left) => {
    const of = await newGroup();
    await record(of);
    expect((await runOf(of, left)).answer).toMatchObject({ action: 'run', step: 1 });
  });

  it('are not given to another group with the same labels', async () => {
    await record(await newGroup());
    expect((await runOf(await newGroup(), honest(GOOD))).answer).toMatchObject({ action: 'run', step: 1 });
  });

  it('are not given after their report was replaced, as a late link may do', async () => {
    const of = await newGroup();
    const id = await record(of);
    const key = objectKeys.stepFile(id, 1, 1, 'status');
    const report = JSON.parse(String(await stack.services.objects.read('work', key, 100_000)));
    const forged = { ...report, result: { size: 1, sha256: digestOf('x') } };
    await stack.services.objects.write('work', key, Buffer.from(JSON.stringify(forged)));
    expect((await runOf(of, honest(GOOD))).answer).toMatchObject({ action: 'run', step: 1 });
  });

  it('do not depend on undeclared files, which the scorer does not see', async () => {
    const of = await newGroup();
    await record(of);
    const { size, sha256 } = describeUpload('tree', 'sitecustomize.py', BAD);
    const source = { kind: 'tree', id: sha256 };
    const file = {
      type: 'file',
      path: 'sitecustomize.py',
      mode: 0o644,
      size,
      sha256,
      source,
      protected: false,
    };
    const more = [file];
    expect((await runOf(of, { ...honest(GOOD), more })).answer).toEqual({ action: 'done' });
  });
});
