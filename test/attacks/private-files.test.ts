import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { readReports } from '../../shared/runs/steps/reports.ts';
import type { StagedEntry } from '../../shared/staging/protocol.ts';
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

/**
 * A participant's code and arguments have no access to private static files, or to files that a step made from them.
 */
const CANARY = 'canary-5f1e';
const FILES = {
  'code/score.sh': `cat truth/labels.txt > work/later.txt
cat truth/labels.txt >&2
cat work/answer.txt
echo "{\\"score\\": $(grep -c canary truth/labels.txt)}" > result.json
echo changed > truth/labels.txt
test ! -e work/fail || exit 3
`,
  'truth/labels.txt': { text: `${CANARY}\n`, access: 'private' as const },
};
const TEMPLATE = `parameters:
  - {name: probe, dtype: actor, isRequired: false}
  - {name: last, dtype: actor, isRequired: false}
  - {name: extra, dtype: file, isRequired: false}
workflow:
  files: {outputs: [result.json, seen.txt, last.txt, work/count.txt]}
  steps:
    - name: prepare
      files: {outputs: [work/count.txt]}
      action:
        environment: python:3.9
        commands: ['cp truth/labels.txt work/early.txt; wc -l < truth/labels.txt > work/count.txt']
    - name: probe
      files: {outputs: [seen.txt, work/]}
      action: $[[probe]]
    - name: score
      action: {environment: 'python:3.9', commands: ['sh code/score.sh']}
    - name: last
      action: $[[last]]
${SCORES}`;

const stack = useStack();
let token: string;
let group: string;

beforeAll(async () => {
  token = (await stack.user('mallory')).token;
  await installTemplate(stack, TEMPLATE, FILES, { id: 'W' });
  group = await stack.group('W', token, 'Group');
});

const step = (...commands: readonly string[]) => ({ environment: 'python:3.9', commands });
const look = (file: string) =>
  `find . -type f ! -name ${file} | sort > ${file}; grep -rl ${CANARY} . >> ${file} || true`;

async function run(values: Readonly<Record<string, unknown>>, at = group) {
  const { status, json } = await start(stack, at, token, values);
  expect(status).toBe(201);
  return stack.ended(json.id, token);
}

describe("a participant's step", () => {
  it('sees no private files, before or after the steps that get them, and no undeclared files of those steps', async () => {
    const probe = step(
      look('seen.txt'),
      'ln -s ../truth/labels.txt work/answer.txt; ln -s ../truth/none.txt work/other.txt',
      'ln -s ../seen.txt work/later.txt',
      'mkdir -p truth; echo forged > truth/labels.txt; echo forged > truth/mine.txt',
    );
    const last = step('ls work > last.txt', look('here.txt'), 'cat here.txt >> last.txt');
    const ended = await run({ probe, last });
    expect(ended.state).toBe('SUCCESS');
    const names = ended.files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['result.json', 'seen.txt', 'last.txt', 'work/count.txt']);
    expect(await resultText(stack, ended, 'seen.txt')).toBe('./code/score.sh\n./work/count.txt\n');
    expect((await resultText(stack, ended, 'last.txt')).split('\n')).toEqual([
      'count.txt',
      'later.txt',
      './code/score.sh',
      './last.txt',
      './result.json',
      './seen.txt',
      './work/count.txt',
      '',
    ]);
    const { bytes } = await stack.request('GET', `/runs/${ended.id}/downloads/archive`, { token });
    const archive = gunzipSync(bytes).toString('latin1');
    expect(archive).toContain('work/count.txt');
    expect(archive).not.toContain('canary');
    expect(archive).not.toMatch(/^truth\//m);
  });

  it('does not get them as the default value of a parameter that its group adds', async () => {
    const copies = [
      { name: 'a', dtype: 'file', target: 'a.txt', defaultValue: 'truth/labels.txt' },
      { name: 'b', dtype: 'file', defaultValue: 'truth/labels.txt' },
    ];
    const body = { name: 'With parameters', parameters: copies };
    const { json } = await stack.request('POST', '/workflows/W/groups', { token, body });
    const ended = await run({ probe: step('cat "${a}" "${b}" > seen.txt 2>&1 || true') }, json.id);
    expect(await resultText(stack, ended, 'seen.txt')).not.toContain('canary');
  });
});

describe('the log of a run', () => {
  it('shows only state and times of a step with private files, while it runs and afterwards', async () => {
    const { id, messages } = await run({ probe: step('echo mine; touch work/fail') });
    expect(messages[0]).toBe('mine\n');
    const get = (path: string) => stack.request('GET', path, { token });
    const logs = await get(`/runs/${id}/logs`);
    const [prepare, probe, score] = logs.json.steps;
    const times = { startedAt: expect.any(String), finishedAt: expect.any(String), attempt: 1 };
    expect(prepare).toEqual({
      index: 0,
      name: 'prepare',
      state: 'success',
      exitCode: 0,
      private: true,
      ...times,
    });
    expect(probe).toMatchObject({ state: 'success', stdout: { text: 'mine\n' } });
    expect(score).toEqual({ index: 2, name: 'score', state: 'failed', exitCode: 3, private: true, ...times });
    for (const index of [0, 2]) {
      const one = await get(`/runs/${id}/logs?step=${index}&stream=stderr&after=0`);
      expect(Object.keys(one.json.steps[0])).not.toContain('stderr');
      for (const stream of ['stdout', 'stderr']) {
        expect((await get(`/runs/${id}/logs/${index}/${stream}`)).status).toBe(404);
      }
    }
    const base = new URL('/ga4gh/wes/v1', stack.url).href;
    const wes = await stack.request('GET', `/runs/${id}`, { token, base });
    const tasks = wes.json.task_logs;
    expect(tasks.map((task: object) => 'stderr' in task)).toEqual([false, true, false]);
    expect(tasks.map((task: object) => 'cmd' in task)).toEqual([false, false, false]);
    const handle = await get(`/runs/${id}`);
    expect(`${logs.text}${wes.text}${handle.text}`).not.toContain('canary');
    const stored = await stack.services.objects.read('work', `r/${id}/steps/2-1/log-end`, 1_000_000);
    expect(Buffer.from(JSON.parse(`${stored}`).stderr.bytes, 'base64').toString()).toContain(CANARY);
  });
});

describe('the messages of a run', () => {
  it('contain no output of a step with private files', async () => {
    const ended = await run({ probe: step('echo mine; touch work/fail') });
    expect(ended.state).toBe('ERROR');
    expect(ended.messages).toEqual([
      'mine\n',
      "step 'score' ended with exit code 3; the output of this step is private",
    ]);
    expect(JSON.stringify(ended)).not.toContain('canary');
    const reports = await readReports(stack.services, ended.id);
    expect(reports.map(({ name }) => name)).toEqual(['prepare', 'probe', 'score']);
    expect(reports[2]?.status?.commands[0]?.stderr).toContain(CANARY);
  });

  it('are complete for organisers only, on a route of its own', async () => {
    const ended = await run({ probe: step('echo mine; touch work/fail') });
    const organiser = await stack.user('organiser');
    const path = `/runs/${ended.id}/output`;
    const read = (by?: string) => stack.request('GET', path, { token: by });
    for (const by of [undefined, token, organiser.token]) expect((await read(by)).status).toBe(403);
    await giveRole(stack.services, 'operator', 'W', 'organiser', 'viewer');
    expect((await read(organiser.token)).status).toBe(403);
    await giveRole(stack.services, 'operator', 'W', 'organiser', 'organiser');

    const { status, json } = await read(organiser.token);

    expect(status).toBe(200);
    expect(json.steps.map(({ name }: { name: string }) => name)).toEqual(['prepare', 'probe', 'score']);
    expect(json.steps[2].commands[0].stderr).toContain(CANARY);
    // What participants share with organisers does not depend on the reader.
    const handles = await Promise.all(
      [token, organiser.token].map((by) => stack.request('GET', `/runs/${ended.id}`, { token: by })),
    );
    expect(handles[1]?.text).toBe(handles[0]?.text);
    expect(handles[0]?.text).not.toContain('canary');
    expect((await read(token)).status).toBe(403);
    await takeRole(stack.services, 'operator', 'W', organiser.id);
    expect((await read(organiser.token)).status).toBe(403);
  });
});

describe('the warnings of a run', () => {
  it('(report 2) contain nothing of private files, or of files that a step made from them', async () => {
    const template = `workflow:
  files: {outputs: [out/, seen.txt, result.json]}
  steps:
    - name: score
      action:
        environment: python:3.9
        commands:
          - sh code/score.sh
${SCORES}`;
    const score = `mkfifo "out/$(cat truth/labels.txt)"; ln -s truth/labels.txt seen.txt; ln -s ../truth out/all
printf '{"score": &%s' "$(cat truth/labels.txt)" > result.json
`;
    await installTemplate(stack, template, { ...FILES, 'code/score.sh': score }, { id: 'WARNINGS' });
    const ended = await run({}, await stack.group('WARNINGS', token, 'Group'));
    expect(ended.state).toBe('SUCCESS');
    expect(ended.files.map(({ name }: { name: string }) => name)).toEqual(['result.json']);
    expect(ended.warnings).toEqual([
      {
        code: 'result.unreadable',
        message: "not ranked: 'result.json' cannot be read as JSON, or YAML by its suffix",
      },
      { code: 'output.missing', message: expect.stringContaining("'out/'") },
      { code: 'output.missing', message: expect.stringContaining("'seen.txt'") },
      { code: 'step.private', message: "step 'score' has warnings; the output of this step is private" },
    ]);
    expect(JSON.stringify(ended)).not.toContain('canary');
    const [report] = await readReports(stack.services, ended.id);
    const texts = report?.status?.warnings.map(({ message }) => message).sort();
    expect(texts).toEqual([
      "'out/all/labels.txt' was not kept: it leads to a private file",
      `'out/${CANARY}' was dropped: it is neither a file nor a folder`,
      "'seen.txt' was not kept: it leads to a private file",
    ]);
  });
});

describe('a path that a participant chooses', () => {
  it.each([
    ['truth/labels.txt', 'truth/missing.txt'],
    ['truth/labels.txt/x', 'truth/missing.txt/x'],
  ])('gets the same response for a private file as for a missing one: %s', async (taken, missing) => {
    const responses = [];
    for (const path of [taken, missing]) {
      const extra = await fileArgument(stack, group, token, 'forged\n', path);
      const { status, json } = await start(stack, group, token, { extra, probe: step('true') });
      responses.push([status, json.code, json.message.replaceAll(path, 'PATH')]);
    }
    expect(responses[0]).toEqual(responses[1]);
    expect(responses[0]?.[0]).toBe(400);
  });
});

describe('a ticket', () => {
  const inputs = (ticket: string) => askBroker(stack, ticket, '/inputs', { page: 0 });
  const pathsOf = (entries: readonly StagedEntry[]) => entries.map(({ path }) => path);

  /** Ends a step as its task would, with a manifest of the attacker's choice. */
  async function leave(ticket: string, index: number, runId: string, entries: readonly object[]) {
    const manifest = JSON.stringify({ v: 1, entries });
    const upload = describeUpload('manifest', 'manifest.json', manifest);
    const { json } = await askBroker(stack, ticket, '/uploads', { files: [upload] });
    expect(await put(json.uploads[0], manifest)).toBe(200);
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    return started(await nextStep(stack.services, { runId, outcome: stopped(0, 1, index) })).ticket;
  }

  it("of a participant's step gives no access to private files, not even through a forged manifest", async () => {
    const runId = await admittedRun(stack, group, { probe: step('true') });
    const prepare = started(await nextStep(stack.services, { runId, outcome: null })).ticket;
    const before = await inputs(prepare);
    const entries: StagedEntry[] = before.json.entries;
    expect(pathsOf(entries)).toEqual(['code/score.sh', 'truth/labels.txt']);
    for (const kind of ['tree', 'output', 'result'] as const) {
      const files = [describeUpload(kind, 'truth/labels.txt', 'x')];
      expect((await askBroker(stack, prepare, '/uploads', { files })).status).toBe(403);
    }

    const forged = entries.flatMap((entry) => {
      if (entry.type !== 'file') return [];
      const { url: _, private: _private, ...file } = entry;
      return [file, { ...file, path: `stolen-${file.path.replace('/', '-')}`, protected: false }];
    });
    const probe = await leave(prepare, 0, runId, forged);
    expect(pathsOf((await inputs(probe)).json.entries)).toEqual(['code/score.sh']);
    const score = await leave(probe, 1, runId, forged);
    expect(pathsOf((await inputs(score)).json.entries)).toEqual([
      'code/score.sh',
      'stolen-code-score.sh',
      'truth/labels.txt',
    ]);
  });
});

describe('a step whose code an argument chooses', () => {
  it.each([
    ['image', '$[[choice]]', ''],
    ['text', 'python:3.9', 'expansion: text, '],
  ])('gets no private files: %s', async (id, image, more) => {
    const template = `parameters: [{name: choice, dtype: string}]
workflow:
  files: {outputs: [seen.txt]}
  steps:
    - {name: s, ${more}action: {environment: '${image}', commands: ['${look('seen.txt')}']}}
`;
    await installTemplate(stack, template, FILES, { id });
    const ended = await run({ choice: 'python:3.9' }, await stack.group(id, token, 'Group'));
    expect(await resultText(stack, ended, 'seen.txt')).toBe('./code/score.sh\n');
  });
});

describe('a step that runs a file which a participant may supply', () => {
  it.each([
    ['uploaded', 'sh "$[[program]]" > seen.txt'],
    ['named', 'sh job > seen.txt'],
    ['alone', 'chmod +x job; ./job > seen.txt'],
    ['option', 'bash --rcfile job -i > seen.txt'],
  ])('gets no private files: %s', async (id, command) => {
    const template = `parameters: [{name: program, dtype: file, target: job}]
workflow:
  files: {outputs: [seen.txt]}
  steps:
    - {name: s, action: {environment: 'python:3.9', commands: [${JSON.stringify(command)}]}}
`;
    await installTemplate(stack, template, FILES, { id });
    const at = await stack.group(id, token, 'Group');
    const program = await fileArgument(stack, at, token, 'find . -type f | sort; cat truth/labels.txt\n');
    const ended = await run({ program }, at);
    const shown = [...(ended.messages ?? []), ended.files ? await resultText(stack, ended, 'seen.txt') : ''];
    expect(shown.join('')).not.toMatch(/canary|truth\/labels.txt\n/);
    expect(shown.join('')).toContain('truth');
  });
});

describe('post-processing', () => {
  it.each([
    ['without', '', 'code/score.sh\n'],
    ['with', '  private: true\n', 'code/score.sh\ntruth/labels.txt\n'],
  ])('gets private files only if the template requests them: %s', async (id, setting, expected) => {
    const template = `workflow:
  steps:
    - {name: s, action: {environment: 'python:3.9', commands: ['echo "{\\"score\\": 1}" > result.json']}}
${SCORES}postproc:
${setting}  inputs: {files: [], runs: runs/}
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - {name: p, action: {environment: 'python:3.9', commands: ['find code truth -type f | sort > all.txt; true']}}
`;
    await installTemplate(stack, template, FILES, { id });
    await run({}, await stack.group(id, token, 'Group'));
    const { files } = await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    const { text } = await stack.request('GET', `/workflows/${id}/downloads/files/${files[0].id}`);
    expect(text).toBe(expected);
  });
});
