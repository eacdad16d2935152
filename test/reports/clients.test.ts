import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliWith } from '../bin/run-cli.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Expectations of clients: members given by name, files that are too large for one request. */
describe('the command line', () => {
  const stack = useStack({ env: { ROB_WEBAPI_CONTENTLENGTH: '100000' } });
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-clients-'));
  let flowserv: ReturnType<typeof cliWith>;
  let carol: { id: string };

  beforeAll(async () => {
    await stack.install(fixture('hello-world'), { id: 'HW' });
    const { token } = await stack.user('Alice');
    carol = await stack.user('Carol');
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: token,
      FLOWSERV_APP: 'HW',
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const groupOf = async (options: string) =>
    (await flowserv(`groups create ${options}`)).stdout.trim().split('=')[1] ?? '';
  const membersOf = async (command: string) => {
    const { stdout, stderr } = await flowserv(`${command} --json`);
    if (stderr !== '') return stderr;
    return JSON.parse(stdout).members.map(({ username }: { username: string }) => username);
  };

  it('accepts members by name in any case, or by id, which takes precedence over a name that looks like one (report 20)', async () => {
    const dave = await stack.user('Dave');
    // Anyone may register a name that equals another user's id.
    await stack.user(carol.id);
    const group = await groupOf(`-n G20 -m ${carol.id},dAVE`);
    expect(await membersOf(`groups show -g ${group}`)).toEqual(['Alice', 'Carol', 'Dave']);
    expect(await membersOf(`groups update -g ${group} -m ＤＡＶＥ,alice`)).toEqual(['Dave', 'Alice']);
    expect(await membersOf(`groups update -g ${group} -m Alice,${dave.id},Dave,carol`)).toEqual([
      'Alice',
      'Dave',
      'Carol',
    ]);
    const unknown = await flowserv(`groups update -g ${group} -m Alice,Caro`);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: "error: unknown user 'Caro'; give the whole name of a user\n",
    });
  });

  it('rejects a list of members without the caller, except to leave the group (report 20)', async () => {
    const group = await groupOf('-n Left -m Carol');
    for (const members of ['Carol', "''"]) {
      expect(await membersOf(`groups update -g ${group} -n New -m ${members}`)).toBe(
        "error: this list does not contain you; add 'Alice' to it, or leave the group with --leave\n",
      );
    }
    expect(await membersOf(`groups show -g ${group}`)).toEqual(['Alice', 'Carol']);
    expect(await membersOf(`groups update -g ${group} --leave`)).toEqual(['Carol']);
    expect(await membersOf(`groups show -g ${group}`)).toBe('error: not authorized\n');
  });

  it('uploads a file that is too large for one request in parts', async () => {
    const path = join(folder, 'large.txt');
    writeFileSync(path, 'x'.repeat(100_000));
    const group = await groupOf('-n Large');
    const { code, stdout } = await flowserv(`files upload -g ${group} -i ${path}`);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Uploaded 'large.txt'/)]);
    expect(JSON.parse((await flowserv(`files list -g ${group} --json`)).stdout)).toMatchObject([
      { name: 'large.txt', size: 100_000 },
    ]);
  });
});
