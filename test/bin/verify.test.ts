import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createOperator } from '../../bin/session/operator.ts';
import type { Report } from '../../bin/verify/report.ts';
import { createClient } from '../../shared/client/client.ts';
import { folderVolume, volumeFolders } from '../end-to-end/volume-folders.ts';
import { startCommand } from './run-cli.ts';
import { serveStack } from './served-stack.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/verify.ts', import.meta.url));

/** The checks that a local stack skips. It must run all others. */
const SKIPPED = [
  'get-with-body',
  'route-limits',
  'links-old',
  'run-gpu',
  'image-missing',
  'image-without-shell',
  'image-architecture',
  'image-user',
  'step-reused',
  'archive-large',
  'alarm',
  'function-logs',
];

describe('verify:aws against a local stack', () => {
  const { lab } = volumeFolders('lab');
  const stack = serveStack({
    FLOWSERV_VOLUMES: JSON.stringify([folderVolume('lab', lab)]),
    FLOWSERV_CAPACITY: '6',
    FLOWSERV_WEBHOOKS: 'loopback',
    // As on AWS, where the operator approves all accounts.
    FLOWSERV_SIGNUP: 'approval',
    ROB_WEBAPI_CONTENTLENGTH: '4194304',
  });

  const verify = (...args: string[]) =>
    startCommand(process.execPath, [PROGRAM, '--local', ...args], { env: stack.env });

  function lastReport(): Report {
    const reports = join(stack.folder, 'verify');
    const name =
      readdirSync(reports)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .at(-1) ?? '';
    return JSON.parse(readFileSync(join(reports, name), 'utf8'));
  }

  /** Returns how many workflows and accounts of the script are left, by the prefix of their names. */
  async function left() {
    const { url, operator } = stack.tell();
    const workflows = await createClient({ url }).workflows.list();
    const users = await createOperator(operator).listUsers();
    return {
      workflows: workflows.filter(({ id }) => id.startsWith('verify_')).length,
      accounts: users.filter(({ name, state }) => name.startsWith('verify_') && state !== 'disabled').length,
    };
  }

  it('passes every check that does not need AWS, says why it skips the others, and leaves nothing', async () => {
    const { code, stdout, stderr } = await verify().outcome;
    expect(stderr).toBe('');
    const { results, cleaning, isLocal } = lastReport();
    const of = (outcome: string) => results.filter((result) => result.outcome === outcome);
    expect(of('failed')).toEqual([]);
    expect(of('skipped').map(({ id }) => id)).toEqual(SKIPPED);
    for (const { reason } of of('skipped')) expect(reason).toMatch(/^(a local stack has no|takes long)/);
    expect(code).toBe(0);
    expect(isLocal).toBe(true);
    expect(stdout).toContain(
      `${results.length - SKIPPED.length} passed, 0 failed, ${SKIPPED.length} skipped`,
    );
    const capacity = results.find(({ id }) => id === 'capacity');
    expect(capacity?.evidence).toMatchObject({ capacity: 6, runs: 12 });
    expect(cleaning.left).toEqual([]);
    expect(cleaning.removed.length).toBeGreaterThan(3);
    expect(await left()).toEqual({ workflows: 0, accounts: 0 });
    // About forty runs in sequence: one minute on an idle host.
  }, 600_000);

  it('removes what it created when it is interrupted', async () => {
    const script = verify('--only', 'run-canceled');
    await script.shows('run-canceled');
    await expect.poll(left).toEqual({ workflows: 1, accounts: 1 });
    script.child.kill('SIGINT');
    expect((await script.outcome).code).toBe(130);
    expect(await left()).toEqual({ workflows: 0, accounts: 0 });
  });

  it('removes the leftovers of a killed run', async () => {
    const script = verify('--only', 'run-canceled');
    await expect.poll(left).toEqual({ workflows: 1, accounts: 1 });
    script.child.kill('SIGKILL');
    await script.outcome;
    expect(await left()).toEqual({ workflows: 1, accounts: 1 });
    const { code, stdout } = await verify('--only', 'descriptor').outcome;
    expect(code).toBe(0);
    expect(stdout).toContain('removed a leftover of an earlier run: workflow verify_');
    expect(await left()).toEqual({ workflows: 0, accounts: 0 });
  });

  it('reports an unknown check, and requires one stage', async () => {
    expect(await verify('--only', 'nothing').outcome).toMatchObject({
      code: 1,
      stderr: "check 'nothing' does not exist; --list shows all\n",
    });
    const both = await verify('--stage', 'dev').outcome;
    expect(both).toMatchObject({
      code: 1,
      stderr: 'give either --stage NAME or --local; --help shows all options\n',
    });
  });
});
