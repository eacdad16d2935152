import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addWebhook } from '../../shared/notifications/webhooks.ts';
import { rankedCodec } from '../../shared/runs/documents/ranked.ts';
import { keys } from '../../shared/store/keys.ts';
import { prepareLargeText } from '../../shared/store/large-text.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { oneStep } from '../end-to-end/install-template.ts';
import { servicesOf as functionServices } from '../end-to-end/own-function.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { fixture, poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { outputsOf, servicesOf, startCloudFormation } from './cloudformation.ts';
import { cliWith } from './run-cli.ts';

/**
 * Every command of the operator, as on AWS: found by the name of the stack. The calls are compared with the policy of
 * the operator, so nothing else here may use its keys.
 */
describe('every command of the operator', () => {
  const stack = useStack({ env: { FLOWSERV_SIGNUP: 'approval' }, commandsOnly: true });
  let folder: string;
  let cloudFormation: Awaited<ReturnType<typeof startCloudFormation>>;
  let flowserv: ReturnType<typeof cliWith>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-commands-'));
    const stacks = { 'flowserv-local': { outputs: outputsOf(stack.operator, stack.url) } };
    cloudFormation = await startCloudFormation(stacks);
    flowserv = cliWith({
      ...servicesOf(stack.operator),
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_REGION: 'us-east-1',
      FLOWSERV_STACK: 'flowserv-local',
      FLOWSERV_API_DIR: join(folder, 'data'),
    });
  });
  afterAll(async () => {
    await cloudFormation.close();
    rmSync(folder, { recursive: true });
  });

  /** Returns the output of a command, which must succeed. */
  const printed = async (args: string) => {
    const { code, stdout, stderr } = await flowserv(args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  let alice: string;
  /** A group of a workflow with alice in it. */
  const groupOf = async (workflow: string) => {
    const { json } = await stack.request('POST', `/workflows/${workflow}/groups`, {
      token: alice,
      body: { name: 'Team' },
    });
    return json.id as string;
  };

  /** Post-processing of enough runs that their list is stored as an object, as the leaderboard function does. */
  const rankMany = async (workflow: string) => {
    const { table, objects } = functionServices(stack, 'leaderboard');
    const id = 'f'.repeat(32);
    const runs = Array.from({ length: 4000 }, (_, index) => index.toString(16).padStart(32, '0'));
    const key = keys.document(keys.run(id), 'ranked');
    const objectKey = (sha256: string) => objectKeys.runFile(workflow, id, `ranked-${sha256}`);
    await table.put(await prepareLargeText(objects, key, rankedCodec.write(runs), objectKey));
    await table.update(keys.leaderboard(workflow), { set: { postprocRunId: id } });
    return () => table.update(keys.leaderboard(workflow), { remove: ['postprocRunId'] });
  };

  it('manages accounts', async () => {
    await printed('users register -u alice -p secret-of-alice');
    expect(await printed('users list --state waiting')).toContain('alice');
    expect(await printed('users approve -u alice')).toMatch(/^Approved alice/);
    expect(await printed('users disable -u alice')).toMatch(/^Disabled alice/);
    expect(await printed('users enable -u alice')).toMatch(/^Enabled alice/);
    expect(await printed('users reset-password -u alice')).toMatch(/^[0-9a-f]+\n$/);
    await printed('users register -u bob -p secret-of-bob');
    expect(await printed('users activate -u bob')).toMatch(/^Activated bob/);
    expect(await printed('users list --all')).toMatch(/alice .*\n.*bob /);
    const body = { username: 'alice', password: 'secret-of-alice' };
    alice = (await stack.request('POST', '/users/login', { body })).json.token;
    expect(await printed('users quotas -u alice')).toContain('groups');
    expect(await printed('users recount-quotas')).toBe('All counts are correct.\n');
  });

  it('installs and changes workflows, and shows the output of their runs', async () => {
    const create = `workflows create ${fixture('hello-world')} -k HELLO`;
    expect(await printed(`${create} --dry-run`)).toMatch(DRY_RUN);
    expect((await stack.request('GET', '/workflows')).json.workflows).toEqual([]);
    expect(await printed(create)).toBe('export FLOWSERV_APP=HELLO\n');
    expect((await flowserv(`${create} --dry-run`)).stderr).toBe("error: workflow 'HELLO' exists\n");
    const other = await printed(`workflows create ${fixture('hello-world')} --dry-run`);
    expect(other).toContain('Task definitions : none, as all exist\n');
    await printed(`workflows create ${fixture('hello-world')} -k OWNED --owner alice`);
    expect(await printed('workflows members list --operator -w OWNED')).toMatch(/\nalice \| owner /);
    expect(await printed('workflows members add --operator -w OWNED bob --role viewer')).toBe(
      'bob is viewer of workflow OWNED.\n',
    );
    expect(await printed('workflows members remove --operator -w OWNED alice')).toBe(
      'alice has no role in workflow OWNED any more.\n',
    );
    expect(await printed('workflows audit --operator -w OWNED -n 1')).toMatch(
      /\| operator +\| +\| member\.remove \| alice +\| owner/,
    );
    expect(await printed('workflows delete --force -w OWNED')).toBe('workflow OWNED deleted.\n');
    expect(await printed('workflows update -w HELLO -n Renamed')).toBe('updated workflow HELLO\n');
    const group = await groupOf('HELLO');
    const update = `workflows update -w HELLO ${fixture('hello-world')} -d Another`;
    const planned = await printed(`${update} --dry-run`);
    expect(planned).toMatch(
      /^Version 2 of workflow HELLO:\n- The description changes\.\n- Results .+\nNothing is installed\.\n$/,
    );
    const said = planned.replace('Nothing is installed.', 'Version 2 of workflow HELLO is installed.');
    expect(await printed(update)).toBe(said);
    expect(await printed(update)).toBe('Workflow HELLO has this version already: 2.\n');
    const run = await stack.greet(group, alice, 'Alice\n');
    expect((await stack.ended(run.id, alice)).state).toBe('SUCCESS');
    expect(await printed(`runs output ${run.id}`)).toContain(': success');
  });

  it('rebuilds leaderboards and sums with the same content', async () => {
    const before = await stack.request('GET', '/workflows/HELLO/leaderboard');
    expect(await printed('reindex')).toMatch(
      /^workflow HELLO: leaderboard is being rebuilt, 1 results\n0 sums of quotas were wrong\.\n$/,
    );
    const after = await stack.request('GET', '/workflows/HELLO/leaderboard');
    expect(after.json).toEqual(before.json);
    expect(after.json.ranking).toHaveLength(1);
  });

  it('compiles workflows again after a deployment, also one whose template is long', async () => {
    const source = join(folder, 'long');
    const long = `echo ${'x'.repeat(60_000)} > /dev/null`;
    mkdirSync(source);
    writeFileSync(join(source, 'flowserv.yaml'), 'name: Text\nspecfile: template.yaml\nfiles: []\n');
    writeFileSync(join(source, 'template.yaml'), oneStep([long, long]));
    await printed(`workflows create ${source} -k TEXT`);
    const outputs = outputsOf(stack.operator, stack.url);
    const FlowservClusterArn = `${stack.operator.FLOWSERV_CLUSTER_ARN}-2`;
    const later = await startCloudFormation({
      'flowserv-local': { outputs: { ...outputs, FlowservClusterArn } },
    });
    const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: later.endpoint };
    try {
      expect((await flowserv('workflows recompile -w TEXT', { env })).stdout).toMatch(
        /^workflow TEXT recompiled: /,
      );
      expect(await printed('workflows audit --operator -w TEXT -n 1')).toMatch(
        /\| operator \| +\| workflow\.recompile \| TEXT +\| version 1: /,
      );
      const { stdout } = await flowserv('workflows recompile --all --dry-run', { env });
      expect(stdout).toMatch(/^workflow HELLO is due: .*\nworkflow TEXT is up to date\.$/m);
    } finally {
      await later.close();
    }
    expect(await printed('workflows delete --force -w TEXT')).toBe('workflow TEXT deleted.\n');
  });

  it('pauses and resumes the stage', async () => {
    expect(await printed('stage pause')).toContain('Admission is paused');
    expect(await printed('stage show')).toContain('Admission : paused\n');
    expect(await printed('stage resume')).toBe('Runs are admitted again.\n');
  });

  it('lists and deletes old runs', async () => {
    const forget = await rankMany('HELLO');
    const listed = await printed('cleanup list -d 9999');
    await forget();
    expect(listed).toMatch(/^ID +\| Submitted at +\| State +\n[-|]+\n[0-9a-f]{32} \| \S{19} \| SUCCESS\n$/);
    expect(await printed('cleanup delete -d 2020')).toBe('0 runs deleted.\n');
    expect(await printed('cleanup delete -d 9999 -s ERROR')).toBe('0 runs deleted.\n');
    expect(await printed('cleanup delete -d 9999')).toBe('1 runs deleted.\n');
    const [deleted = ''] = /[0-9a-f]{32}/.exec(listed) ?? [];
    const audit = await printed('workflows audit --operator -w HELLO');
    expect(audit).toMatch(new RegExp(`\\| operator +\\| +\\| run\\.delete +\\| ${deleted} `));
    expect(audit.match(/run\.delete/g)).toHaveLength(1);
    expect((await stack.request('GET', '/workflows/HELLO/leaderboard')).json.ranking).toEqual([]);
    const { code, stderr } = await flowserv('cleanup list -d yesterday');
    expect([code, stderr]).toEqual([1, expect.stringContaining("'yesterday' is not a time")]);
  });

  it('deletes workflows', async () => {
    expect(await printed('workflows delete --force -w HELLO')).toBe('workflow HELLO deleted.\n');
  });

  it('purges a workflow with its active runs, ended runs and incomplete uploads', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(
      join(source, 'flowserv.yaml'),
      'name: Long\nspecfile: template.yaml\nfiles: [{source: a.txt}]\n',
    );
    writeFileSync(join(source, 'a.txt'), 'a');
    const template = oneStep(['echo done > out.txt; if [ "$[[wait]]" = yes ]; then sleep 600; fi'], WAIT, [
      'out.txt',
    ]);
    writeFileSync(join(source, 'template.yaml'), template);
    await printed(`workflows create ${source} -k LONG`);
    const group = await groupOf('LONG');
    const start = (value: string) =>
      stack.request('POST', `/groups/${group}/runs`, {
        token: alice,
        body: { arguments: [{ name: 'wait', value }] },
      });
    await stack.ended((await start('no')).json.id, alice);
    const long = (await start('yes')).json;
    await poll(async () => {
      const { json } = await stack.request('GET', `/runs/${long.id}`, { token: alice });
      return json.state === 'RUNNING' ? json : undefined;
    }, 'the run does not begin');
    await stack.upload(group, alice, 'names.txt', 'x');
    const begun = await stack.request('POST', `/uploads/${group}/direct`, {
      token: alice,
      body: { name: 'large.bin', size: 17 * 1024 * 1024 },
    });
    expect(begun.status).toBeLessThan(300);
    await printed('workflows members add --operator -w LONG alice --role organiser');
    const zip = await stack.request('POST', '/workflows/LONG/sources', {
      token: alice,
      body: { size: 1, sha256: '0'.repeat(64) },
    });
    expect(zip.status).toBe(201);
    const hook = { url: 'https://localhost/', events: ['postproc.failed'] as const };
    await addWebhook(functionServices(stack, 'api'), 'operator', 'LONG', hook);
    await printed('workflows members add --operator -w LONG alice --role organiser');
    const { json } = await stack.request('POST', '/workflows/LONG/archives', { token: alice, body: {} });
    await poll(async () => {
      const found = await stack.request('GET', `/workflows/LONG/archives/${json.id}`, { token: alice });
      return found.json.state === 'done' || undefined;
    }, 'the archive of submissions is not made');
    // As `workflows delete` does, but without the message that makes the function purge it first.
    await removeWorkflow(withoutMessages(stack.services), 'LONG');

    expect(await printed('stage show')).toContain('workflow LONG');
    expect(await printed('workflows purge -w LONG')).toBe('workflow LONG purged.\n');

    expect(await printed('stage show')).not.toContain('workflow LONG');
  });
});

const DRY_RUN =
  /^Nothing is installed\. This would be created:\nWorkflow {9}: HELLO\nName {13}: Hello World\nFiles {12}: \d of \d+ bytes\nState machines {3}: flowserv-local-[0-9a-f]{40}\nTask definitions : flowserv-local-\S+\n$/;

const WAIT = `parameters:
  - name: wait
    label: Wait
    dtype: string
`;
