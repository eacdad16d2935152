import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../shared/engine/next-step-protocol.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { UploadKind } from '../../shared/staging/protocol.ts';
import { outputsIn } from '../../shared/transfers/after-step.ts';
import { transfer } from '../../shared/transfers/transfer.ts';
import { fileArgument, installTemplate, resultText, SCORES, start } from '../end-to-end/install-template.ts';
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
import { fill, folderVolume, volumeFolders } from '../end-to-end/volume-folders.ts';

/**
 * Participants' code and files beside storage volumes: it must not read what only the scorer gets, change what the
 * scorer gets, or write to a volume outside the outputs of its own run.
 */
const { lab, other } = volumeFolders('lab', 'other');
const stack = useStack({
  env: { FLOWSERV_VOLUMES: JSON.stringify([folderVolume('lab', lab), folderVolume('other', other)]) },
});

/** Participants supply the first step; the second one compares its output with labels of a volume. */
const TEMPLATE = `workflow:
  files: {outputs: [result.json, predictions/]}
  steps:
    - name: predict
      files: {inputs: [public.txt], outputs: [predictions/]}
      action: $[[code]]
    - name: score
      files: {inputs: [truth/labels.csv, predictions/], outputs: [result.json]}
      action:
        environment: 'python:3.9'
        commands:
          - 'grep -x "secret labels" truth/labels.csv && test ! -e truth/extra.csv && echo "{\\"score\\": 1}" > result.json'
parameters:
  - {name: code, dtype: actor}
  - {name: data, dtype: file, required: false}
${SCORES}`;
const config = {
  volumes: [{ id: 'lab', files: ['truth/', 'public.txt'] }],
  workers: [{ name: 'w', type: 'docker', volume: 'lab' }],
  workflow: [
    { step: 'predict', worker: 'w' },
    { step: 'score', worker: 'w' },
  ],
};

let token: string;
let group: string;
beforeAll(async () => {
  fill(lab, { 'truth/labels.csv': 'secret labels', 'public.txt': 'public' });
  fill(other, { 'hidden.txt': 'hidden' });
  token = (await stack.user('mallory')).token;
  group = await stack.group(await installTemplate(stack, TEMPLATE, {}, { config }), token, 'Group');
});

const step = (...commands: string[]) => ({ type: 'container', environment: 'python:3.9', commands });

async function runOf(commands: readonly string[], more: object = {}) {
  const body = { arguments: [{ name: 'code', value: step(...commands) }], ...more };
  const { status, json } = await stack.request('POST', `/groups/${group}/runs`, { token, body });
  expect([status, json]).toEqual([201, json]);
  return stack.ended(json.id, token);
}

describe('a participant’s step before a scorer with files of a volume', () => {
  it('gets only the files that its own inputs name, and the scorer gets the labels', async () => {
    const run = await runOf(['cat public.txt > predictions/p.txt', '! ls truth/labels.csv']);
    expect(run.messages ?? run.state).toBe('SUCCESS');
    expect(await resultText(stack, run, 'predictions/p.txt')).toBe('public');
    const names = run.files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['result.json', 'predictions/p.txt']);
  });

  it('cannot replace the labels, add files beside them, or link to them', async () => {
    const run = await runOf([
      'mkdir -p truth',
      'echo forged > truth/labels.csv',
      'echo forged > truth/extra.csv',
      'ln -s ../truth/labels.csv predictions/copy.csv',
      'ln -s ../truth predictions/truth',
    ]);
    expect(run.messages ?? run.state).toBe('SUCCESS');
    for (const { id } of run.files) {
      const file = await stack.request('GET', `/runs/${run.id}/downloads/files/${id}`);
      expect(file.text).not.toContain('secret labels');
    }
    const folder = join(lab, 'runs', run.id);
    expect(existsSync(join(folder, 'predictions/copy.csv'))).toBe(false);
    expect(readFileSync(join(lab, 'truth/labels.csv'), 'utf8')).toBe('secret labels');
  });

  it('writes only its outputs to the volume, below the folder of the run', async () => {
    const run = await runOf([
      'echo p > predictions/p.txt',
      `echo '{"score": 9}' > result.json`,
      'echo x > other.txt',
      'mkdir -p runs && echo x > runs/x',
    ]);
    expect(run.messages ?? run.state).toBe('SUCCESS');
    const files = readdirSync(join(lab, 'runs', run.id), { recursive: true })
      .map(String)
      .sort();
    expect(files).toEqual(['predictions', 'predictions/p.txt', 'result.json']);
    expect(readFileSync(join(lab, 'runs', run.id, 'result.json'), 'utf8')).toContain('"score": 1');
    expect(readdirSync(lab).sort()).toEqual(['public.txt', 'runs', 'truth']);
  });

  it('cannot choose a volume by an engine configuration', async () => {
    const own = {
      volumes: [{ id: 'other', files: ['hidden.txt', 'public.txt'] }],
      workers: [{ name: 'mine', type: 'docker', volume: 'other' }],
      workflow: [{ step: 'predict', worker: 'mine' }],
    };
    const run = await runOf(['! ls hidden.txt', 'cat public.txt > predictions/p.txt'], { config: own });
    expect(run.messages ?? run.state).toBe('SUCCESS');
    expect(await resultText(stack, run, 'predictions/p.txt')).toBe('public');
    const { plan } = await readRunDocument(stack.services, run.id);
    expect(
      plan.steps.map(({ volume, fetches = [] }) => [volume, ...fetches.map(({ volume: id }) => id)]),
    ).toEqual([
      ['lab', 'lab'],
      ['lab', 'lab'],
    ]);
    expect(existsSync(join(other, 'runs'))).toBe(false);
  });
});

describe('a file of a participant', () => {
  it.each(['truth/labels.csv', 'truth/extra.csv', 'TRUTH/extra.csv', 'public.txt'])(
    'cannot be placed at a path of a volume: %s',
    async (target) => {
      const data = await fileArgument(stack, group, token, 'forged', target);
      const { status, json } = await start(stack, group, token, { code: step('true'), data });
      expect([status, json.message]).toEqual([400, expect.stringContaining(target)]);
    },
  );

  it('cannot be chosen among those of a volume by an argument', async () => {
    const template = TEMPLATE.replace('inputs: [public.txt]', "inputs: ['$[[file]]']").replace(
      'parameters:',
      'parameters:\n  - {name: file, dtype: string}',
    );
    const own = await stack.group(await installTemplate(stack, template, {}, { config }), token, 'Chosen');
    const values = { file: 'truth/labels.csv', code: step('! ls truth/labels.csv') };
    const run = await stack.ended((await start(stack, own, token, values)).json.id, token);
    expect(run.messages ?? run.state).toBe('SUCCESS');
  });
});

describe('a forged manifest of a participant’s step', () => {
  it('does not lead to a file of a volume that an earlier step got, even if its digest is known', async () => {
    const text = 'secret labels';
    const sha256 = createHash('sha256').update(text).digest('hex');
    const one = (name: string, inputs: string) => `    - name: ${name}
      files: {inputs: [${inputs}], outputs: [out/]}
      action: ${name === 'prepare' ? "{environment: 'python:3.9', commands: ['true']}" : `$[[${name}]]`}
`;
    const template = `workflow:
  files: {outputs: [out/]}
  steps:
${one('prepare', 'truth/labels.csv')}${one('first', '')}${one('second', '')}parameters:
  - {name: first, dtype: actor}
  - {name: second, dtype: actor}
`;
    const installed = await installTemplate(stack, template, {}, { config });
    const own = await stack.group(installed, token, 'Forger');
    const runId = await admittedRun(stack, own, { first: step('true'), second: step('true') });
    const next = (outcome: StepOutcome | null) =>
      nextStep(stack.services, { runId, outcome, transfers: true });
    const store = async (ticket: string, kind: UploadKind, content: string) => {
      const { json } = await askBroker(stack, ticket, '/uploads', {
        files: [describeUpload(kind, kind, content)],
      });
      expect(await put(json.uploads[0], content)).toBe(200);
    };
    const finish = async (ticket: string, index: number, entries: readonly object[]) => {
      await store(ticket, 'manifest', JSON.stringify({ v: 1, entries }));
      await playTask(stack, ticket, { exitCode: 0, files: {} });
      return started(await next(stopped(0, 1, index)));
    };
    expect(await next(null)).toMatchObject({ action: 'transfer', step: 0 });
    const moved = await transfer(stack.services, { runId, phase: 'before', step: 0, attempt: 0 });
    const prepare = started(await next({ step: 0, attempt: 0, transfer: { phase: 'before', ...moved } }));
    const shown = await askBroker(stack, prepare.ticket, '/inputs', { page: 0 });
    expect(shown.json.entries).toMatchObject([{ path: 'truth/labels.csv', private: true, sha256 }]);
    const response = await fetch(shown.json.entries[0].url);
    expect(await response.text()).toBe(text);
    const { url: _, ...labels } = shown.json.entries[0];
    const first = await finish(prepare.ticket, 0, [labels]);
    expect((await askBroker(stack, first.ticket, '/inputs', { page: 0 })).json.entries).toEqual([]);
    const byDigest = { kind: 'tree', id: sha256 };
    const forged = [
      { ...labels, path: 'out/a', private: false },
      { ...labels, path: 'out/b', private: false, source: byDigest },
    ];
    const second = await finish(first.ticket, 1, forged);
    const { json } = await askBroker(stack, second.ticket, '/inputs', { page: 0 });
    expect(json.entries.map(({ path }: { path: string }) => path)).toEqual(['out/b']);
    expect((await fetch(json.entries[0].url)).status).toBe(404);
  });
});

describe('a forged list of outputs', () => {
  const file = (path: string) => ({
    ...({ type: 'file', path, mode: 0o644, size: 1, sha256: 'a'.repeat(64), protected: false } as const),
    source: { kind: 'tree', id: 'a'.repeat(64) } as const,
  });

  it('adds no file that the step does not declare, or that the organiser’s steps make, and no link', () => {
    const left = [
      ...[
        'predictions/p',
        'predictions',
        '../x',
        'predictionsX',
        'result.json',
        'predictions/score.json',
      ].map(file),
      { type: 'link' as const, path: 'predictions/l', target: '../truth/labels.csv' },
    ];
    const declared = {
      outputs: ['predictions/', 'result.json'],
      leaves: ['predictions/'],
      others: ['result.json', 'predictions/score.json'],
    };
    expect(outputsIn(left, declared).map(({ path }) => path)).toEqual(['predictions/p']);
  });
});
