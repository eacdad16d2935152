import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { example, fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

const TEMPLATE = `
parameters:
  - {name: loud, label: Loud, dtype: bool, index: 0}
  - {name: calm, dtype: bool, index: 1, defaultValue: false}
  - {name: count, dtype: int, index: 2}
  - {name: share, dtype: float, index: 3, defaultValue: 0.5}
  - {name: text, dtype: file, index: 4}
workflow:
  files: {inputs: ["$[[text]]"], outputs: [seen.txt]}
  steps:
    - name: show
      action:
        environment: busybox
        commands:
          - echo "$[[loud]] $[[calm]] $[[count]] $[[share]]" > seen.txt
          - cat "$[[text]]" >> seen.txt
`;

/** Runs by the command line, against a running stack. */
describe('runs', () => {
  const stack = useStack();
  let folder: string;
  let flowserv: ReturnType<typeof cliWith>;
  let names: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-cli-'));
    names = join(folder, 'names.txt');
    writeFileSync(names, 'Ada\nBlaise\n');
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    const { token } = await stack.user('alice');
    const group = await stack.group('HWP', token, 'Team');
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: token,
      FLOWSERV_APP: 'HWP',
      FLOWSERV_GROUP: group,
    });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  const runOf = (stdout: string) => /run (\w{32})/.exec(stdout)?.[1] ?? '';
  const fileOf = (stdout: string, name: string) =>
    new RegExp(`(\\w{32}) \\(${name}\\)`).exec(stdout)?.[1] ?? '';
  const groupOf = async (workflow: string) => {
    const { stdout } = await flowserv(`groups create -w ${workflow} -n Team`);
    return { FLOWSERV_GROUP: stdout.trim().split('=')[1] ?? '' };
  };

  it('N11, N12: starts a run, waits for it, shows it and gets its files', async () => {
    const estimated = await flowserv(`runs start -a names=${names} -a greeting=Hi --estimate`);
    // 24 hours of one vCPU, 2 GiB of memory and 1 GiB of disk.
    expect(estimated.stdout).toMatch(
      /^at most 1\.1875 USD by the prices of [\d-]+ in us-east-1\n {2}\S+: 1 vCPU for 86400 s: 1\.1875 USD\n$/,
    );
    const started = await flowserv(`runs start -a names=${names} -a greeting=Hi --wait`);
    const id = runOf(started.stdout);
    expect(started.stdout).toMatch(
      new RegExp(`^started run ${id} is (PENDING|RUNNING)\nrun ${id} is SUCCESS\n$`),
    );
    expect(started.stderr).toMatch(/^(PENDING\n)?(RUNNING\n)?SUCCESS\n$/);
    expect(started.code).toBe(0);

    const shown = (await flowserv(`runs show ${id}`)).stdout;
    expect(shown).toMatch(
      new RegExp(
        [
          `^ID: ${id}`,
          'Started at: \\S{19}',
          'Finished at: \\S{19}',
          'State: SUCCESS',
          // What it used is known a moment after the end.
          String.raw`(Used: \d+ s of tasks, \d+ s of vCPUs, about 0\.\d{4} USD\n)?Workflow version: \w{32}`,
          '(Result [\\w ]+: .*\n)+(Rank: 1\n)?',
          'Arguments:',
          '  names = \\w{32} \\(None\\)',
          '  greeting = Hi',
          '',
          'Input files: names.txt',
          '',
          'Files:',
          '(  \\w{32} \\(results/(analytics.json|greetings.txt)\\)\n){2}$',
        ].join('\n'),
      ),
    );
    const greetings = join(folder, 'greetings.txt');
    const file = fileOf(shown, 'results/greetings.txt');
    expect((await flowserv(`runs download file ${id} -f ${file} -o ${greetings}`)).code).toBe(0);
    expect(readFileSync(greetings, 'utf8')).toBe('Hi Ada!\nHi Blaise!\n');
    const archive = join(folder, 'run.tar.gz');
    expect((await flowserv(`runs download archive ${id} -o ${archive}`)).code).toBe(0);
    expect(execFileSync('tar', ['tzf', archive], { encoding: 'utf8' })).toContain('results/greetings.txt\n');

    expect((await flowserv('runs list')).stdout).toMatch(
      new RegExp(
        `^ID {30} \\| Submitted at {7} \\| State {2}( \\| Rank)? \\| .*Input files *\n[-|]+\n${id} \\| \\S{19} \\| SUCCESS .*names.txt *\n$`,
      ),
    );
    const canceled = await flowserv(`runs cancel ${id}`);
    expect(canceled).toMatchObject({
      code: 1,
      stderr: 'error: invalid operation for run in state SUCCESS\n',
    });
  });

  it('N15: ranks the run and shows the files of post-processing', async () => {
    const postproc = await stack.postproc('HWP', ({ state }) => state === 'SUCCESS');
    const ranking = (await flowserv('workflows ranking')).stdout.split('\n');
    expect(ranking[0]).toMatch(/^Rank \| Name \| /);
    expect(ranking[2]).toMatch(/^ {3}1 \| Team \| /);

    const shown = (await flowserv('workflows show')).stdout;

    expect(shown).toContain('\n\nPost-processing\n---------------\n');
    expect(shown).toContain(`${postproc.files[0].id} (results/compare.json)\n`);
    const output = join(folder, 'compare.json');
    await flowserv(`workflows download file -f ${postproc.files[0].id} -o ${output}`);
    expect(JSON.parse(readFileSync(output, 'utf8'))).toHaveLength(1);
    const archive = join(folder, 'results.tar.gz');
    await flowserv(`workflows download archive -o ${archive}`);
    expect(execFileSync('tar', ['tzf', archive], { encoding: 'utf8' })).toContain('results/compare.json\n');
    const unknown = await flowserv(`workflows download file -f nofile -o ${output}`);
    expect(unknown).toMatchObject({ code: 1, stderr: "error: unknown file 'nofile'\n" });
  });

  it('(report 2) shows why a successful run is not ranked, also in the list of runs', async () => {
    const template = oneStep(
      ['true'],
      'results:\n  file: r.json\n  schema: [{name: a, label: A, dtype: float}]\n',
    );
    await installTemplate(stack, template, {}, { id: 'UNRANKED' });
    const env = await groupOf('UNRANKED');
    const { stdout, stderr } = await flowserv('runs start --wait', { env });
    const sentence = "not ranked: no file 'r.json'; a step has to write it (result.missing)";
    expect(stderr).toContain(`\nwarning: ${sentence}\n`);
    expect((await flowserv(`runs show ${runOf(stdout)}`)).stdout).toContain(`\n\nWarnings:\n  ${sentence}\n`);
    expect((await flowserv('runs list', { env })).stdout).toMatch(
      / \| State {3}\| Warnings \| Reason *\n[-|]+\n.* \| SUCCESS \| {8}1 \| not ranked: no file 'r.json'; a step has to write it\n$/,
    );
  });

  it('exits 1 with the message of the run if the run that it waits for fails', async () => {
    await stack.install(example('hello-world'), { id: 'EX' });
    const env = await groupOf('EX');

    const { code, stdout, stderr } = await flowserv(`runs start -a names=${names} -a greeting=R2D2 --wait`, {
      env,
    });

    const id = runOf(stdout);
    expect(stderr).toContain(`error: run ${id} is ERROR\n`);
    expect(stderr).not.toContain('\n\n');
    expect(stderr).toContain("greet: 'R2D2' is not a greeting");
    expect(code).toBe(1);
    expect((await flowserv(`runs show ${id}`)).stdout).toMatch(/\n\nMessages:\n {2}greet: 'R2D2' is not/);
    const output = await flowserv(`runs output ${id}`, { env: { FLOWSERV_API_DIR: stack.dataDir } });
    expect(output.stdout).toMatch(/^Step \w+: failed, exit code 1\n {2}greet: 'R2D2' is not/);
    expect((await flowserv('runs list -s ERROR', { env })).stdout).toContain(id);
    expect((await flowserv(`runs delete --force ${id}`)).stdout).toBe(`run ${id} deleted.\n`);
    expect((await flowserv('runs list', { env })).stdout).not.toContain(id);
  });

  it('N11: cancels a run', async () => {
    await stack.install(fixture('hello-world'), { id: 'HW' });
    const env = await groupOf('HW');
    const id = runOf((await flowserv(`runs start -a names=${names} -a sleeptime=60`, { env })).stdout);
    expect((await flowserv(`runs cancel ${id}`)).stdout).toBe(`run ${id} canceled.\n`);
    expect((await flowserv(`runs show ${id}`)).stdout).toContain('Messages:\n  canceled at user request\n');
  });

  it.each([
    ['-a nmes=x', "error: unknown parameter 'nmes'; there are names, greeting\n"],
    [
      '-a names=/nowhere',
      "error: argument names: '/nowhere' is neither a file here nor an upload of the group",
    ],
    ['-a greeting=Hi', "error: missing argument for 'names'\n"],
  ])('does not start with %s', async (options, message) => {
    const before = (await flowserv('files list')).stdout;
    const { code, stdout, stderr } = await flowserv(`runs start ${options}`);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([1, '']);
    expect((await flowserv('files list')).stdout).toBe(before);
  });

  it('N21: asks for a file among the uploads, and for the other parameters', async () => {
    const { stdout: uploads } = await flowserv('files list --json');
    const file = JSON.parse(uploads)[0].id;

    const { stdout, stderr } = await flowserv('runs start --wait', { input: `${file}\n\n` });

    expect(stderr).toContain('\nSelect file identifier from uploaded files:\n\nID ');
    expect(stderr).toContain(`\n${file} | names.txt | `);
    expect(stderr).toMatch(/\n\S.* \(file\) \$> /);
    expect(stderr).toMatch(/\n\S.* \(string\) \[default 'Hello'\] \$> /);
    const handle = JSON.parse((await flowserv(`runs show ${runOf(stdout)} --json`)).stdout);
    expect(handle.state).toBe('SUCCESS');
    expect(handle.arguments).toEqual([
      { name: 'names', value: { type: '$file', value: { fileId: file, targetPath: 'data/names.txt' } } },
      { name: 'greeting', value: 'Hello' },
    ]);
  });

  it('N19, N20: asks again after an invalid entry, and uses defaults for empty ones', async () => {
    const source = mkdtempSync(join(folder, 'source-'));
    writeFileSync(join(source, 'flowserv.yaml'), 'name: Prompts\nspecfile: t.yaml\nfiles: []\n');
    writeFileSync(join(source, 't.yaml'), TEMPLATE);
    await stack.install(source, { id: 'ASK' });
    const env = await groupOf('ASK');
    const input = ['xyz', '', 'Yes', '', 'many', '', '3', '', '/nowhere', names, 'in/some.txt', ''].join(
      '\n',
    );

    const { code, stdout, stderr } = await flowserv('runs start --wait', { env, input });

    expect(stderr).toContain("Loud (bool) $> \n'xyz' is neither yes nor no\nLoud (bool) $> ");
    expect(stderr).toContain("calm (bool) [default 'false'] $> ");
    expect(stderr.match(/count \(int\) \$> /g)).toHaveLength(3);
    expect(stderr).toContain("the file '/nowhere' does not exist");
    expect(stderr).toContain('Target Path:');
    expect(code).toBe(0);
    const shown = (await flowserv(`runs show ${runOf(stdout)}`)).stdout;
    expect(shown).toContain('  loud = true\n  calm = false\n  count = 3\n  share = 0.5\n');
    expect(shown).toContain(' (in/some.txt)\n');
    const seen = join(folder, 'seen.txt');
    await flowserv(`runs download file ${runOf(stdout)} -f ${fileOf(shown, 'seen.txt')} -o ${seen}`);
    expect(readFileSync(seen, 'utf8')).toBe('True False 3 0.5\nAda\nBlaise\n');
  });

  it('starts nothing if the input ends before the last question', async () => {
    const before = (await flowserv('runs list')).stdout;
    const { code, stderr } = await flowserv('runs start', { input: '' });
    expect(stderr).toContain('Aborted!');
    expect(code).toBe(1);
    expect((await flowserv('runs list')).stdout).toBe(before);
  });
});
