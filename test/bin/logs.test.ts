import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

const TEMPLATE = `workflow:
  steps:
    - {name: quick, action: {environment: 'python:3.9', commands: ['printf "10 %%\\\\r20 %%\\\\n"; echo careful >&2']}}
    - name: slow
      action:
        environment: 'python:3.9'
        commands: ['printf "\\\\033[31mred\\\\007\\\\nhal"; sleep 4; echo f; exit 3']
`;

/** Logs by the command line, against a running stack. */
describe('runs logs', () => {
  const stack = useStack();
  let flowserv: ReturnType<typeof cliWith>;
  let run: string;

  beforeAll(async () => {
    const { token } = await stack.user('alice');
    const group = await stack.group(await installTemplate(stack, TEMPLATE), token, 'Team');
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token });
    run = (await start(stack, group, token)).json.id;
  });

  it('--follow prints new output until the run ends, without control characters', async () => {
    const { stdout, stderr, code } = await flowserv(`runs logs ${run} --follow`);
    expect(stdout).toBe('10 %\n20 %\n\ufffd[31mred\ufffd\nhalf\n');
    // A busy machine may show the step while it runs.
    expect(stderr).toMatch(
      /(== step 0 quick: success, exit code 0\ncareful\n|careful\n== step 0 quick: success)/,
    );
    expect(stderr).toMatch(/== step 1 slow: running\n(.*\n)*== step 1 slow: failed, exit code 3\n$/);
    expect(code).toBe(0);
  });

  it('prints the output of one step, by name or number, and JSON with escapes', async () => {
    for (const step of ['slow', '1']) {
      const { stdout, stderr } = await flowserv(`runs logs ${run} --step ${step}`);
      expect([stdout, stderr]).toEqual([
        '\ufffd[31mred\ufffd\nhalf\n',
        '== step 1 slow: failed, exit code 3\n',
      ]);
    }
    const { stdout } = await flowserv(`runs logs ${run} --json`);
    expect(stdout).not.toContain('\u001b');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'ERROR', steps: [{ name: 'quick' }, { attempt: 1 }] });
  });
});
