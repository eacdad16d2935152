import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { example, fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Workflows by the command line, as the operator of a running stack. */
describe('an operator', () => {
  const stack = useStack({ env: { FLOWSERV_QUOTA_GROUPS: '3' } });
  let folder: string;
  let flowserv: ReturnType<typeof cliWith>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-cli-'));
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  /** A copy of a fixture to change. */
  const copyOf = (name: string): string => {
    const copy = mkdtempSync(join(folder, 'source-'));
    cpSync(fixture(name), copy, { recursive: true });
    return copy;
  };
  const listed = async () =>
    JSON.parse((await flowserv('workflows list --json')).stdout).map(({ id }: { id: string }) => id);

  it('N13: has an empty list at first', async () => {
    expect(await flowserv('workflows list')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('installs a benchmark, and lists and shows it', async () => {
    const created = await flowserv(`workflows create ${example('hello-world')} -v`);
    expect(created.stdout).toMatch(/^export FLOWSERV_APP=[0-9a-f]{32}\n$/);
    expect(created.stderr.split('\n')).toContain('code/greet.py');
    const id = created.stdout.trim().split('=')[1] ?? '';

    const { stdout } = await flowserv('workflows list');

    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'Workflow 1',
      '----------',
      '',
      `ID          : ${id}`,
      'Name        : Hello World',
      'Description : Greet a list of people and compare how long the greetings are',
    ]);
    expect(stdout).toContain('\nInstructions: # Hello World\n');
    const shown = await flowserv('workflows show', { env: { FLOWSERV_APP: id } });
    expect(stdout).toContain(shown.stdout);
    expect((await flowserv(`workflows delete --force -w ${id}`)).stdout).toBe(`workflow ${id} deleted.\n`);
    expect(await listed()).toEqual([]);
  });

  it('C6, C18: accepts options instead of the manifest', async () => {
    const source = copyOf('hello-world');
    const config = join(folder, 'engine.yaml');
    writeFileSync(config, 'workers:\n  - name: w\n    type: subprocess\n');
    const instructions = join(folder, 'read-me.md');
    writeFileSync(join(folder, 'part.md'), ' a part \n');
    writeFileSync(instructions, 'Read {{part.md}}.\n');
    const options = `-k K1 -n 'Own name' -d 'Own text' -i ${instructions} -s template.yaml -c ${config} -g`;

    const created = await flowserv(`workflows create ${source} ${options}`);

    expect(created).toEqual({ code: 0, stdout: 'export FLOWSERV_APP=K1\n', stderr: '' });
    expect((await flowserv('workflows show -w K1')).stdout).toBe(
      'ID          : K1\nName        : Own name\nDescription : Own text\nInstructions: Read a part.\n',
    );
    const again = await flowserv(`workflows create ${source} -k K1`);
    expect(again).toEqual({ code: 1, stdout: '', stderr: "error: workflow 'K1' exists\n" });
  });

  it('C10: reports why a template is rejected, as `validate` does, and installs nothing', async () => {
    const source = copyOf('hello-world');
    const spec = join(source, 'template.yaml');
    writeFileSync(
      spec,
      'workflow:\n  steps:\n    - name: s\n      action: {environment: x, commands: ["$[[who]]"]}\n',
    );
    const before = await listed();

    const { code, stdout, stderr } = await flowserv(`workflows create ${source}`);

    expect(stderr).toMatch(/^error: template\.yaml: .*unknown parameter 'who'.*\n/);
    expect([code, stdout]).toEqual([1, '']);
    const checked = await flowserv(`workflows validate ${source}`);
    const problems = checked.stdout.split('\n').filter((line) => line.startsWith('problem: '));
    expect(problems.length).toBeGreaterThan(1);
    expect(stderr).toBe(problems.map((line) => `${line.replace('problem:', 'error:')}\n`).join(''));
    writeFileSync(spec, 'workflow: [\n');
    expect((await flowserv(`workflows create ${source}`)).stderr).toMatch(
      /^error: template\.yaml:\d+:\d+: .*\n$/,
    );
    expect((await flowserv(`workflows create ${join(folder, 'none')}`)).stderr).toMatch(
      /^error: the source '.*none' is not a folder\n$/,
    );
    expect(await listed()).toEqual(before);
  });

  it('L4: gets a warning of post-processing that cannot run, and the workflow is installed', async () => {
    const source = copyOf('hello-world-postproc');
    const post =
      'postproc:\n  inputs: {files: [a.txt]}\n  workflow:\n    steps: [{name: s}]\n  outputs: []\n';
    const step = '{name: s, action: {environment: x, commands: [ls]}}';
    writeFileSync(join(source, 'template.yaml'), `workflow:\n  steps: [${step}]\n${post}`);
    const { code, stdout, stderr } = await flowserv(`workflows create ${source} -k WARN`);
    expect(stderr).toMatch(
      /^warning: template\.yaml: postproc\.workflow\.steps\[0\]\.action: .* \[postproc\.fails\]$/m,
    );
    expect([code, stdout]).toEqual([0, 'export FLOWSERV_APP=WARN\n']);
  });

  it('I25: rejects an invalid engine configuration', async () => {
    const config = join(folder, 'list.json');
    writeFileSync(config, '[]');
    const { code, stderr } = await flowserv(`workflows create ${fixture('hello-world')} -c ${config}`);
    expect(stderr).toContain('is not an engine configuration');
    expect(code).toBe(1);
  });

  it('N14: updates only the given values', async () => {
    await stack.install(fixture('hello-world'), { id: 'U1' });
    const instructions = join(folder, 'new.md');
    writeFileSync(instructions, 'New.\n');

    const updated = await flowserv(`workflows update -w U1 -n Renamed -i ${instructions}`);

    expect(updated).toEqual({ code: 0, stdout: 'updated workflow U1\n', stderr: '' });
    expect((await flowserv('workflows show -w U1')).stdout).toMatch(
      /^ID {10}: U1\nName {8}: Renamed\nDescription : .+\nInstructions: New\.\n$/,
    );
    const unknown = await flowserv('workflows update -w UNKNOWN -n X');
    expect(unknown).toEqual({ code: 1, stdout: '', stderr: "error: unknown workflow 'UNKNOWN'\n" });
  });

  it('sees how much of the quotas a user used, recounts it, and pauses and resumes the stage', async () => {
    const alice = await stack.user('alice');
    await stack.install(fixture('hello-world'), { id: 'Q1' });
    await stack.group('Q1', alice.token, 'Alice');

    const quotas = await flowserv('users quotas -u alice');

    const lines = quotas.stdout.split('\n').map((line) => line.trim().split(/\s+\|\s+/));
    expect(lines[0]).toEqual(['Quota', 'Used', 'Limit']);
    expect(lines).toContainEqual(['groups', '1', '3']);
    expect(lines).toContainEqual(['bytes', '0', 'none']);
    expect((await flowserv('users recount-quotas')).stdout).toBe('All counts are correct.\n');
    expect((await flowserv('stage show')).stdout).toMatch(
      /^Admission : open\nvCPUs {5}: 0 of 100 in use\nTo purge/,
    );
    expect((await flowserv('stage pause')).stdout).toBe(
      'Admission is paused; 0 runs continue. `flowserv stage resume` resumes it.\n',
    );
    expect((await flowserv('stage show')).stdout).toContain('Admission : paused\n');
    expect((await flowserv('stage resume')).stdout).toBe('Runs are admitted again.\n');
  });

  it('lists deleted workflows, and purges one to use its identifier again (report 18)', async () => {
    await stack.install(fixture('hello-world'), { id: 'PURGED' });
    await removeWorkflow(withoutMessages(stack.services), 'PURGED');

    const { stdout } = await flowserv('stage show');

    expect(stdout).toMatch(/^To purge {2}: (.*, )?1 workflow\b/m);
    expect(stdout).toMatch(/^ {2}workflow PURGED 'Hello World.*', deleted \S+Z, purged from \S+Z on$/m);
    const refused = await flowserv(`workflows create ${fixture('hello-world')} -k PURGED`);
    expect(refused).toMatchObject({
      code: 1,
      stderr:
        "error: workflow 'PURGED' is deleted but not purged yet; purge it with `flowserv workflows purge -w PURGED`\n",
    });
    expect((await flowserv('workflows purge -w PURGED')).stdout).toBe('workflow PURGED purged.\n');
    expect((await flowserv(`workflows create ${fixture('hello-world')} -k PURGED`)).code).toBe(0);
  });

  it('can act only on the stack that runs here', async () => {
    const { code, stderr } = await flowserv('--url http://rob.example/api workflows delete --force -w U1');
    expect(stderr).toContain('only the operator of http://rob.example/api can do this, on its computer');
    expect(code).toBe(1);
    expect((await flowserv(`--url ${stack.url} workflows update -w U1 -d D`)).code).toBe(0);
  });
});
