import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/**
 * Most tests run commands in their own process. These compare its output and exit codes with those of `flowserv` in a
 * process, for each kind of command and of end.
 */
describe('a command in a process of its own', () => {
  const stack = useStack();
  let folder: string;
  let flowserv: ReturnType<typeof cliWith>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-processes-'));
    writeFileSync(join(folder, 'flowserv.yaml'), 'name: Broken\nspecfile: none.yaml\n');
    await stack.install(fixture('hello-world'), { id: 'HW' });
    const { token } = await stack.user('alice');
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: token,
      FLOWSERV_APP: 'HW',
      FLOWSERV_GROUP: await stack.group('HW', token, 'Team'),
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['--version', 0],
    ['runs start --help', 0],
    ['runs lits', 2],
    ['workflows show', 0],
    ['workflows list --json', 0],
    ['groups show -g NONE', 1],
    ['stage show', 0],
    ['users quotas -u nobody', 1],
    ['workflows validate FOLDER', 1],
    ['--stack nowhere stage show', 1],
  ])('ends as in the process of a test: flowserv %s', async (command, code) => {
    const args = command.replace('FOLDER', folder);
    const env = { AWS_EC2_METADATA_DISABLED: 'true' };
    const own = await flowserv(args, { env, ownProcess: true });
    expect(own.code).toBe(code);
    expect(own.stdout + own.stderr).not.toBe('');
    expect(await flowserv(args, { env })).toEqual(own);
  });

  it('reads answers from its input, and ends without them', async () => {
    const args = 'users register -u bob';
    const none = await flowserv(args, { input: 'a\nb\n', ownProcess: true });
    expect(none.code).toBe(1);
    expect(await flowserv(args, { input: 'a\nb\n' })).toEqual(none);
    const given = await flowserv(args, { input: 'a\na\n', ownProcess: true });
    expect(given).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Registered bob with ID /) });
  });

  it('waits for a run, and writes its file', async () => {
    const names = join(folder, 'names.txt');
    writeFileSync(names, 'Ada\n');
    const { code, stdout } = await flowserv(`runs start -a names=${names} --wait`, { ownProcess: true });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nrun \w{32} is SUCCESS\n$/)]);
    const archive = join(folder, 'run.tar.gz');
    const run = /run (\w{32})/.exec(stdout)?.[1];
    const saved = await flowserv(`runs download archive ${run} -o ${archive}`, { ownProcess: true });
    expect(saved).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(execFileSync('tar', ['tzf', archive], { encoding: 'utf8' })).toContain('results/greetings.txt\n');
  });
});
