import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, oneStep, resultText, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

/** Limits of a participant's step and arguments. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const groupOf = (workflow: string) => stack.group(workflow, alice.token, 'Group');

/** A participant's step, then an organiser's step that scores with a script of the workflow. */
const scored = `workflow:
  files:
    outputs: [score.txt, "$[[report]]"]
  steps:
    - name: submission
      action: "$[[step]]"
    - name: score
      action:
        environment: python:3.9
        commands: ['sh code/score.sh > score.txt']
parameters:
  - {name: step, dtype: actor, isRequired: true}
  - {name: report, dtype: string, defaultValue: report.txt}
  - {name: data, dtype: file, isRequired: false}
`;
const files = { 'code/score.sh': 'echo honest\n', 'data/truth.txt': 'truth\n' };
const step = (...commands: string[]) => ({ environment: 'python:3.9', commands });

describe("a workflow's own files", () => {
  let group: string;
  beforeAll(async () => {
    group = await groupOf(await installTemplate(stack, scored, files, { id: 'S' }));
  });

  const attacks: [string, string[]][] = [
    ['overwritten', ['echo "echo forged" > code/score.sh']],
    ['removed', ['rm -r code']],
    ['replaced by a link', ['echo "echo forged" > own.sh; ln -sf ../own.sh code/score.sh']],
    [
      'moved into a folder of links',
      ['mkdir own; echo "echo forged" > own/score.sh; rm -r code; ln -s own code'],
    ],
    ['replaced by a folder', ['rm code/score.sh; mkdir code/score.sh']],
  ];
  it.each(attacks)('are restored for the next step after they were %s', async (_, commands) => {
    const { json } = await start(stack, group, alice.token, { step: step(...commands) });
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'score.txt')).toBe('honest\n');
  });

  it('are not returned by an output whose path an argument names', async () => {
    for (const report of ['code/score.sh', 'code/', 'code']) {
      const values = { report, step: step('echo "echo forged" > code/score.sh') };
      const { json } = await start(stack, group, alice.token, values);
      const run = await stack.ended(json.id, alice.token);
      expect(await resultText(stack, run, 'score.txt')).toBe('honest\n');
    }
  });

  it('cannot be replaced by an upload', async () => {
    for (const path of [
      'code/score.sh',
      'code',
      'code/score.sh/x',
      './code/score.sh',
      'data/../code/score.sh',
    ]) {
      const data = await fileArgument(stack, group, alice.token, 'echo forged\n', path);
      const reply = await start(stack, group, alice.token, { data, step: step('true') });
      expect([path, reply.status]).toEqual([path, 400]);
    }
    const file = await fileArgument(stack, group, alice.token, 'echo forged\n');
    const extra = [{ fileId: file.value.fileId, targetPath: 'code/score.sh' }];
    expect((await start(stack, group, alice.token, { step: { ...step('true'), files: extra } })).status).toBe(
      400,
    );
  });

  it("cannot be replaced through a group's own parameters", async () => {
    const parameters = [
      { name: 'step', dtype: 'actor', isRequired: true },
      { name: 'report', dtype: 'string', defaultValue: 'report.txt' },
      { name: 'data', dtype: 'file', target: 'code/score.sh', isRequired: false },
      { name: 'copy', dtype: 'file', target: 'code/score.sh', defaultValue: 'data/truth.txt' },
    ];
    const body = { name: 'Own parameters', parameters };
    const { json } = await stack.request('POST', '/workflows/S/groups', { token: alice.token, body });
    const data = await fileArgument(stack, json.id, alice.token, 'echo forged\n');
    const uploaded = await start(stack, json.id, alice.token, { copy: data, step: step('true') });
    expect(uploaded.status).toBe(400);
    expect(uploaded.json.message).toContain("'code/score.sh' belongs to a file of the workflow");
  });
});

describe('a declared static file', () => {
  it('is replaced by the upload of its parameter', async () => {
    const template = oneStep(
      ['cat data/names.txt > out.txt'],
      'parameters:\n  - {name: names, dtype: file, target: data/names.txt, defaultValue: data/names.txt}\n',
      ['out.txt'],
    );
    const group = await groupOf(
      await installTemplate(stack, template, { 'data/names.txt': 'Ann\n' }, { id: 'N' }),
    );
    const names = await fileArgument(stack, group, alice.token, 'Zoe\n');
    const given = await stack.ended((await start(stack, group, alice.token, { names })).json.id, alice.token);
    expect(await resultText(stack, given, 'out.txt')).toBe('Zoe\n');
    const none = await stack.ended((await start(stack, group, alice.token)).json.id, alice.token);
    expect(await resultText(stack, none, 'out.txt')).toBe('Ann\n');
  });

  it('can be changed by a step if the template declares it as an output', async () => {
    const template = `workflow:
  files:
    outputs: [data/log.txt]
  steps:
    - name: one
      action: {environment: 'python:3.9', commands: ['echo one >> data/log.txt']}
    - name: two
      action: {environment: 'python:3.9', commands: ['echo two >> data/log.txt']}
`;
    const group = await groupOf(
      await installTemplate(stack, template, { 'data/log.txt': 'log\n' }, { id: 'O' }),
    );
    const run = await stack.ended((await start(stack, group, alice.token)).json.id, alice.token);
    expect(await resultText(stack, run, 'data/log.txt')).toBe('log\none\ntwo\n');
  });
});

describe('a step', () => {
  it('has no ticket, broker address or key in its environment', async () => {
    const template = oneStep(
      ['env > env.txt', 'cat /proc/self/environ > own.txt', 'cat "/proc/$$PPID/environ" > parent.txt'],
      '',
      ['env.txt', 'own.txt', 'parent.txt'],
    );
    const group = await groupOf(await installTemplate(stack, template, {}, { id: 'E' }));
    const run = await stack.ended((await start(stack, group, alice.token)).json.id, alice.token);
    expect(run.state).toBe('SUCCESS');
    const secrets = [
      stack.operator.AWS_SECRET_ACCESS_KEY ?? '',
      stack.operator.FLOWSERV_BROKER_URL ?? '',
      alice.token,
      run.id,
    ];
    for (const name of ['env.txt', 'own.txt', 'parent.txt']) {
      const text = await resultText(stack, run, name);
      expect(text).toContain('FS_WORK=');
      expect(text).not.toMatch(/FS_TICKET|FS_BROKER|FS_MODE|AWS_|FLOWSERV_(?!R=)/);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('gets values of arguments as data, whatever their characters', async () => {
    const template = oneStep(
      [
        `printf '%s' "$[[text]]" > quoted.txt`,
        `printf '%s' '$[[text]]' > single.txt`,
        'printf %s $[[text]] > plain.txt',
      ],
      'parameters:\n  - {name: text, dtype: string}\n',
      ['quoted.txt', 'single.txt', 'plain.txt', 'pwned'],
    );
    const group = await groupOf(await installTemplate(stack, template, {}, { id: 'A' }));
    const text = `it's "quoted" $(touch pwned) \`touch pwned\` ; touch pwned & $HOME \${x} \\ \n'; touch pwned #\n`;
    const run = await stack.ended((await start(stack, group, alice.token, { text })).json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(run.files.map(({ name }: { name: string }) => name).sort()).toEqual([
      'plain.txt',
      'quoted.txt',
      'single.txt',
    ]);
    expect(await resultText(stack, run, 'quoted.txt')).toBe(text);
    expect(await resultText(stack, run, 'single.txt')).toBe(text);
    // Without quotes, the value is split into words, as in the original.
    expect(await resultText(stack, run, 'plain.txt')).toBe(text.split(/[ \n]+/).join(''));
  });

  it('reports a failure without paths of the host', async () => {
    const template = oneStep(['cat missing.txt; pwd; exit 3']);
    const group = await groupOf(await installTemplate(stack, template, {}, { id: 'F' }));
    const run = await stack.ended((await start(stack, group, alice.token)).json.id, alice.token);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join('\n')).toContain('missing.txt');
    expect(run.messages.join('\n')).not.toContain(stack.dataDir);
  });
});
