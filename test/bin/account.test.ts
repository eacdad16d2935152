import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** The own account by the command line. */
describe('a user', () => {
  const stack = useStack();
  let folder = '';
  let token = '';
  let flowserv: ReturnType<typeof cliWith>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-export-'));
    await stack.install(fixture('hello-world'), { id: 'HW' });
    token = (await stack.user('alice')).token;
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token, FLOWSERV_APP: 'HW' });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  it('exports groups, uploads and runs into a folder', async () => {
    const group = await stack.group('HW', token, 'Alice');
    const { id } = await stack.ended((await stack.greet(group, token, 'Ann\n')).id, token);
    const out = join(folder, 'all');
    const { stdout } = await flowserv(`users export -o ${out}`);
    expect(stdout).toBe(`Exported 1 groups to ${out}.\n`);
    const json = (path: string) => JSON.parse(readFileSync(join(out, path), 'utf8'));
    expect(json('account.json')).toMatchObject({ user: { username: 'alice' }, groups: [{ id: group }] });
    expect(json(`groups/${group}/group.json`)).toMatchObject({ name: 'Alice' });
    expect(json(`groups/${group}/runs/${id}.json`)).toMatchObject({ id, state: 'SUCCESS' });
    expect(existsSync(join(out, `groups/${group}/runs/${id}.tar.gz`))).toBe(true);
    const [upload = ''] = readdirSync(join(out, `groups/${group}/uploads`));
    expect(readFileSync(join(out, `groups/${group}/uploads`, upload), 'utf8')).toBe('Ann\n');
  });

  it('deletes the account after a confirmation, with the password', async () => {
    expect((await flowserv('users delete', { input: 'n\n' })).code).toBe(1);
    const wrong = await flowserv('users delete --force -p wrong');
    expect(wrong).toMatchObject({ code: 1, stderr: 'error: the password is wrong\n' });
    const done = await flowserv('users delete', { input: 'y\npassword of alice\n' });
    expect(done).toMatchObject({ code: 0, stdout: "Account 'alice' deleted.\n" });
    expect((await flowserv('login -u alice -p x')).stderr).toContain("unknown user 'alice'");
  });
});
