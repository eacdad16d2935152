import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { outputsOf, servicesOf, startCloudFormation } from './cloudformation.ts';
import { cliWith } from './run-cli.ts';

/** Workflows that are compiled again, by the command line. */
describe('an operator after a deployment', () => {
  const stack = useStack();
  let cloudFormation: Awaited<ReturnType<typeof startCloudFormation>>;
  /** Before the deployment, and after it changed the role of state machines. */
  let flowserv: ReturnType<typeof cliWith>;
  let redeployed: ReturnType<typeof cliWith>;

  beforeAll(async () => {
    const changed = { ...stack.operator, FLOWSERV_MACHINE_ROLE_ARN: 'arn:aws:iam::000000000000:role/new' };
    cloudFormation = await startCloudFormation({
      'flowserv-before': { outputs: outputsOf(stack.operator, stack.url) },
      'flowserv-after': { outputs: outputsOf(changed, stack.url) },
    });
    const commandsOf = (name: string) =>
      cliWith({
        ...servicesOf(stack.operator),
        AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
        AWS_REGION: 'us-east-1',
        FLOWSERV_STACK: name,
      });
    flowserv = commandsOf('flowserv-before');
    redeployed = commandsOf('flowserv-after');
    for (const id of ['ONE', 'TWO']) await stack.install(fixture('hello-world'), { id });
  });
  afterAll(() => cloudFormation.close());

  const ROLE = 'the role of state machines changed';

  it('sees which workflows are due and why, and compiles one or all of them', async () => {
    expect((await flowserv('workflows recompile --all')).stdout).toBe(
      'workflow ONE is up to date.\nworkflow TWO is up to date.\n',
    );
    const due = `workflow ONE is due: ${ROLE}.\nworkflow TWO is due: ${ROLE}.\n`;
    expect(await redeployed('workflows recompile --all --dry-run')).toEqual({
      code: 0,
      stdout: due,
      stderr: '',
    });
    expect((await redeployed('workflows recompile ONE')).stdout).toBe(`workflow ONE recompiled: ${ROLE}.\n`);
    expect((await redeployed('workflows recompile --all')).stdout).toBe(
      `workflow ONE is up to date.\nworkflow TWO recompiled: ${ROLE}.\n`,
    );
    expect((await redeployed('workflows recompile -w TWO')).stdout).toBe('workflow TWO is up to date.\n');
  });

  it('has to give one workflow or --all', async () => {
    expect((await redeployed('workflows recompile ONE --all')).stderr).toBe(
      'error: name one workflow or --all, not both\n',
    );
    expect((await redeployed('workflows recompile')).stderr).toContain('missing configuration for workflow');
    expect((await redeployed('workflows recompile NONE')).stderr).toBe("error: unknown workflow 'NONE'\n");
  });
});
