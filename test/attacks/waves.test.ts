import { beforeAll, describe, expect, it } from 'vitest';
import { createMergeWave } from '../../shared/broker/merge-wave.ts';
import type { StepOutcome } from '../../shared/engine/next-step-protocol.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { TreeEntry } from '../../shared/staging/protocol.ts';
import { installTemplate, resultText, SCORES, start } from '../end-to-end/install-template.ts';
import { type ParallelStep, parallelTemplate } from '../end-to-end/parallel-template.ts';
import {
  admittedRun,
  askBroker,
  describeUpload,
  playTask,
  put,
  started,
  stepsOf,
} from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/**
 * A participant's steps that run at the same time cannot change what the scorer reads, nor read what only the scorer
 * may see.
 */
const CANARY = 'canary-81c2';
const stack = useStack();
let token: string;

beforeAll(async () => {
  token = (await stack.user('mallory')).token;
});

const FILES = {
  'code/score.sh': `cat one.txt two.txt >&2
echo "{\\"score\\": $(cat one.txt two.txt | wc -l)}" > result.json
`,
  'code/copy.sh': 'echo "$1" > "$(cat truth/labels.txt)"\n',
  'truth/labels.txt': { text: `${CANARY}\n`, access: 'private' as const },
};
const actors = ['one', 'two'].map(
  (name): ParallelStep => ({
    name,
    inputs: [],
    outputs: [`${name}.txt`],
    action: `$[[${name}]]`,
  }),
);
const PARAMETERS = `parameters:
  - {name: one, dtype: actor}
  - {name: two, dtype: actor}
${SCORES}`;
const SCORED = parallelTemplate(
  [...actors, { name: 'score', action: { environment: 'python:3.9', commands: ['sh code/score.sh'] } }],
  ['result.json'],
  PARAMETERS,
);
const actor = (...commands: string[]) => ({ environment: 'x', commands });

const groupOf = async (template: string) =>
  stack.group(await installTemplate(stack, template, FILES), token, 'Group');

async function run(template: string, values: Readonly<Record<string, unknown>>) {
  const { json } = await start(stack, await groupOf(template), token, values);
  return stack.ended(json.id, token);
}

describe('a wave of a participant', () => {
  it('hands only declared outputs to the scorer: neither its result nor its code', async () => {
    const ended = await run(SCORED, {
      one: actor(
        'echo 1 > one.txt; echo "{\\"score\\": 1000}" > result.json; echo echo forged > code/score.sh',
      ),
      two: actor(
        'echo 2 > two.txt; mkdir -p truth; echo forged > truth/labels.txt; echo x > sh; echo x > cat',
      ),
    });
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, ended, 'result.json')).toBe('{"score": 2}\n');
  });

  it('fails if one step writes the output of the other, also through a link', async () => {
    for (const forged of [
      'echo forged > `printf tw`o.txt',
      'ln -s one.txt `printf tw`o.txt',
      'mkdir `printf tw`o.txt; echo x > `printf tw`o.txt/x',
    ]) {
      const ended = await run(SCORED, {
        one: actor(`echo 1 > one.txt; ${forged}`),
        two: actor('echo 2 > two.txt'),
      });
      expect(ended).toMatchObject({ state: 'ERROR' });
      expect(ended.messages.join('\n')).toMatch(/'one' changed 'two\.txt(\/x)?', which 'two' declares/);
    }
  });

  it('never reads the private files of the scorer, nor sees its steps', async () => {
    const probe = 'ls -R . > seen; cat seen truth/labels.txt';
    const ended = await run(SCORED, {
      one: actor(`${probe} > one.txt 2>&1 || true`),
      two: actor('ls -R .. | grep one > two.txt || true'),
    });
    expect(JSON.stringify(ended)).not.toContain(CANARY);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
  });

  it('cannot replace files of the scorer or of the other step by a forged manifest', async () => {
    const id = await admittedRun(stack, await groupOf(SCORED), { one: actor('true'), two: actor('true') });
    const ask = (member: number | undefined, outcome: StepOutcome | null = null) =>
      nextStep(
        stack.services,
        { runId: id, outcome, waves: true, ...(member === undefined ? {} : { member }) },
        undefined,
        createMergeWave(stack.services),
      );
    expect(await ask(undefined)).toEqual({ action: 'wave', steps: [{ step: 0 }, { step: 1 }] });
    const tickets = [started(await ask(0)).ticket, started(await ask(1)).ticket];
    const { json: seen } = await askBroker(stack, tickets[1] ?? '', '/inputs', { page: 0 });
    const honest = await leave(tickets[1] ?? '', [['two.txt', 'honest\n']], seen.entries.map(withoutUrl));
    await leave(tickets[0] ?? '', [
      ['one.txt', 'one\n'],
      ['code/score.sh', 'echo forged\n'],
      ['result.json', '{"score": 1000}'],
      ['truth/labels.txt', 'forged\n'],
    ]);
    for (const step of [0, 1]) expect(await ask(step, exited(step))).toEqual({ action: 'done' });
    const { ticket } = started(await ask(undefined));
    const { json } = await askBroker(stack, ticket, '/inputs', { page: 0 });
    const tree = new Map<string, string>(
      json.entries.map((entry: { path: string; sha256?: string }) => [entry.path, entry.sha256 ?? '']),
    );
    expect([...tree.keys()]).toEqual([
      'code/copy.sh',
      'code/score.sh',
      'one.txt',
      'truth/labels.txt',
      'two.txt',
    ]);
    expect(tree.get('two.txt')).toBe(honest[0]);
    const installed = describeUpload('tree', 'code/score.sh', FILES['code/score.sh']).sha256;
    expect(tree.get('code/score.sh')).toBe(installed);
    expect(tree.get('truth/labels.txt')).toBe(describeUpload('tree', '', `${CANARY}\n`).sha256);
    // Its ticket ended with its step.
    expect((await askBroker(stack, tickets[0] ?? '', '/inputs', { page: 0 })).status).toBe(403);
  });

  it('fails by a forged manifest that claims the output of the other step', async () => {
    const id = await admittedRun(stack, await groupOf(SCORED), { one: actor('true'), two: actor('true') });
    const request = { runId: id, outcome: null, waves: true };
    const merge = createMergeWave(stack.services);
    const tickets: string[] = [];
    for (const member of [0, 1]) {
      tickets.push(started(await nextStep(stack.services, { ...request, outcome: null, member })).ticket);
    }
    await leave(tickets[1] ?? '', [['two.txt', 'honest\n']]);
    await leave(tickets[0] ?? '', [
      ['one.txt', 'one\n'],
      ['two.txt', 'forged\n'],
    ]);
    for (const member of [0, 1]) {
      await nextStep(stack.services, { ...request, outcome: exited(member), member });
    }
    expect(await nextStep(stack.services, request, undefined, merge)).toEqual({ action: 'done' });
    const records = await stepsOf(stack.services, id);
    expect(records.map(({ state }) => state)).toEqual(['success', 'success', 'failed']);
    expect(records[2]?.reason).toContain("'one' changed 'two.txt', which 'two' declares");
  });
});

const exited = (step: number): StepOutcome => ({
  step,
  attempt: 1,
  task: { taskArn: 'arn', stopCode: '', stoppedReason: '', exitCode: 0, imageDigest: '' },
});

const withoutUrl = ({ url: _, ...entry }: TreeEntry & { url: string }) => entry;

/** Acts as the task of a step that leaves files, and claims nothing else. Returns their digests. */
async function leave(
  ticket: string,
  files: readonly (readonly [path: string, content: string])[],
  unchanged: readonly TreeEntry[] = [],
) {
  const send = async (upload: ReturnType<typeof describeUpload>, content: string) => {
    const { json } = await askBroker(stack, ticket, '/uploads', { files: [upload] });
    expect(await put(json.uploads[0], content)).toBe(200);
  };
  const entries: TreeEntry[] = [];
  for (const [path, content] of files) {
    const upload = describeUpload('tree', path, content);
    await send(upload, content);
    const source = { kind: 'tree', id: upload.sha256 } as const;
    entries.push({
      type: 'file',
      path,
      mode: 0o644,
      size: upload.size,
      sha256: upload.sha256,
      source,
      protected: false,
    });
  }
  const manifest = JSON.stringify({ v: 1, entries: [...unchanged, ...entries] });
  await send(describeUpload('manifest', 'manifest.json', manifest), manifest);
  await playTask(stack, ticket, { exitCode: 0, files: {} });
  return entries.map((entry) => (entry.type === 'file' ? entry.sha256 : ''));
}

describe('steps of different trust', () => {
  it('never run at the same time: those of a participant and of the organiser, with private files or without', async () => {
    const template = parallelTemplate(
      [
        ...actors,
        { name: 'prepare', inputs: [], outputs: ['p.txt'], commands: ['true'] },
        { name: 'other', inputs: [], outputs: ['o.txt'], commands: ['true'] },
        { name: 'score', commands: ['true'] },
      ],
      [],
      PARAMETERS,
    );
    const id = await admittedRun(stack, await groupOf(template), { one: actor('true'), two: actor('true') });
    const { plan } = await readRunDocument(stack.services, id);
    expect(plan.steps.map(({ wave }) => wave)).toEqual([0, 0, 1, 1, 2]);
  });

  const PRIVATE = parallelTemplate(
    [
      {
        name: 'a',
        inputs: ['truth/labels.txt'],
        outputs: ['a.txt'],
        commands: ['wc -l < truth/labels.txt > a.txt; cp truth/labels.txt leak.txt'],
      },
      {
        name: 'b',
        inputs: ['truth/labels.txt'],
        outputs: ['b.txt'],
        commands: ['wc -c < truth/labels.txt > b.txt; cp truth/labels.txt copy.txt'],
      },
      { name: 'one', inputs: ['a.txt', 'b.txt'], outputs: ['one.txt'], action: '$[[one]]' },
      { name: 'two', inputs: [], outputs: ['two.txt'], action: '$[[two]]' },
      {
        name: 'score',
        commands: [
          'cat leak.txt copy.txt one.txt two.txt > /dev/null',
          'echo \'{"score": 1}\' > result.json',
        ],
      },
    ],
    ['result.json', 'one.txt'],
    PARAMETERS,
  );

  it('pass on declared outputs only, from a wave with private files to the participant', async () => {
    const ended = await run(PRIVATE, {
      one: actor('ls -R > one.txt; cat a.txt b.txt >> one.txt'),
      two: actor('ls > two.txt'),
    });
    expect(ended.messages ?? []).toEqual([]);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    const text = await resultText(stack, ended, 'one.txt');
    expect(text).toMatch(/a\.txt\nb\.txt\ncode\none\.txt\n[\s\S]*1\n\d+\n$/);
    for (const hidden of [CANARY, 'leak', 'copy.txt', 'truth']) expect(text).not.toContain(hidden);
  });

  it('do not name a file of a wave with private files in the message about a conflict', async () => {
    const steps = ['a', 'b'].map(
      (name): ParallelStep => ({
        name,
        inputs: [],
        outputs: [`${name}.txt`],
        commands: [`sh code/copy.sh ${name}`],
      }),
    );
    const template = parallelTemplate([...steps, { name: 'score', commands: ['true'] }]);
    const ended = await run(template, {});
    expect(ended).toMatchObject({ state: 'ERROR' });
    expect(ended.messages.join('\n')).toContain(
      "'a' and 'b' ran at the same time and left different content at the same path",
    );
    expect(JSON.stringify(ended)).not.toContain(CANARY);
  });

  it('do not block the server by commands that are long paths', async () => {
    const group = await groupOf(SCORED);
    const paths = ['a', 'b', 'c', 'd'].map((name) => `: ${`${name}/`.repeat(30_000)}`);
    const { status } = await start(stack, group, token, { one: actor(...paths), two: actor('true') });
    expect(status).toBe(201);
  }, 20_000);
});
