import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { purged } from '../end-to-end/purged.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Deleting and restoring with the command line, where deleted objects are kept for seven days. */
describe('what is deleted', () => {
  const stack = useStack({ env: { FLOWSERV_KEEP_DELETED_DAYS: '7' } });
  let flowserv: ReturnType<typeof cliWith>;
  let token: string;
  let group: string;
  let run: string;

  beforeAll(async () => {
    ({ token } = await stack.user('alice'));
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HW', token, 'Team');
    run = (await stack.greet(group, token, 'Ann\n')).id;
    await stack.ended(run, token);
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token });
  });

  /** Output and exit code of a command. */
  const said = async (args: string, input?: string) => {
    const { code, stdout, stderr } = await flowserv(args, input === undefined ? {} : { input });
    return { code, text: stdout + stderr };
  };

  it('is a run, after a question, and comes back', async () => {
    expect(await said(`runs delete ${run}`, 'n\n')).toEqual({
      code: 1,
      text: `Do you really want to delete the run ${run} [y/N]: \nAborted!\n`,
    });
    expect((await said(`runs delete ${run}`, 'y\n')).text).toContain(`run ${run} deleted.\n`);
    expect((await said(`runs show ${run}`)).text).toBe(`error: unknown run '${run}'\n`);
    expect(await said(`runs restore ${run}`)).toEqual({ code: 0, text: `run ${run} restored.\n` });
    expect((await said(`runs delete --force ${run}`)).code).toBe(0);
    expect((await said(`runs restore --operator ${run}`)).text).toBe(`run ${run} restored.\n`);
    expect((await said(`runs show ${run}`)).text).toContain('State: SUCCESS');
  });

  it('is a group, and comes back', async () => {
    expect((await said(`groups delete --force -g ${group}`)).code).toBe(0);
    expect((await said(`groups restore -g ${group}`)).text).toBe(`group ${group} 'Team' restored.\n`);
    expect((await said(`groups delete --force -g ${group}`)).code).toBe(0);
    expect((await said(`groups restore --operator -g ${group}`)).code).toBe(0);
    expect((await said(`runs show ${run}`)).code).toBe(0);
  });

  it('is a workflow, and comes back, or goes for good', async () => {
    expect((await said('workflows delete -w HW', 'y\n')).text).toContain('workflow HW deleted.\n');
    expect((await said('stage show')).text).toMatch(/workflow HW 'Hello World', deleted 2\d{3}-/);
    expect((await said(`groups show -g ${group}`)).text).toBe(`error: unknown group '${group}'\n`);
    const restored = await said('workflows restore -w HW');
    expect(restored).toEqual({ code: 0, text: expect.stringMatching(/^workflow HW '.+' restored\.\n$/) });
    expect((await said(`groups show -g ${group}`)).code).toBe(0);
    const question = (await said(`groups delete --now -g ${group}`, 'y\n')).text;
    expect(question).toContain(`delete the group ${group}, with no way to restore it [y/N]: `);
    await purged(stack.services, keys.group(group));
    expect((await said(`groups restore -g ${group}`)).text).toBe(`error: unknown group '${group}'\n`);
    expect((await said('workflows delete --now --force -w HW')).text).toBe('workflow HW deleted.\n');
    expect(await stack.services.table.get(keys.workflow('HW'))).toBeUndefined();
    expect((await said('workflows restore -w HW')).text).toBe("error: unknown workflow 'HW'\n");
  });
});
