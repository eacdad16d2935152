import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Users, groups and files by the command line, against a running stack. */
const MIB = 1024 * 1024;

describe('a participant', () => {
  const stack = useStack({ env: { FLOWSERV_UPLOAD_LIMIT: String(20 * MIB), FLOWSERV_USER_LIST: 'all' } });
  let folder: string;
  let flowserv: ReturnType<typeof cliWith>;
  let token: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-cli-'));
    await stack.install(fixture('hello-world'), { id: 'HW' });
    const { token: own } = await stack.user('alice');
    token = own;
    flowserv = cliWith({
      FLOWSERV_API_DIR: stack.dataDir,
      FLOWSERV_ACCESS_TOKEN: token,
      FLOWSERV_APP: 'HW',
    });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  const lastWord = (text: string) => text.trim().split(/\s/).at(-1)?.replace(/\.$/, '') ?? '';
  const groupOf = async (name: string) => {
    const { stdout } = await flowserv(`groups create -n '${name}'`);
    expect(stdout).toMatch(/^export FLOWSERV_GROUP=[0-9a-f]{32}\n$/);
    return stdout.trim().split('=')[1] ?? '';
  };

  it('N16: registers once under a name, and is then listed', async () => {
    const first = await flowserv('users register -u bob -p pwd');
    expect(first.stdout).toMatch(/^Registered bob with ID [0-9a-f]{32}\.\n$/);
    const second = await flowserv('users register -u bob -p pwd');
    expect(second).toEqual({ code: 1, stdout: '', stderr: "error: duplicate user 'bob'\n" });
    const { stdout } = await flowserv('users list');
    const id = lastWord(first.stdout);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'Name  | ID                              ',
      '------|---------------------------------',
    ]);
    expect(stdout).toContain(`\nbob   | ${id}\n`);
  });

  it('registers with a password that is entered twice', async () => {
    const input = 'carol\none\nother\nsame\nsame\n';
    const { code, stdout, stderr } = await flowserv('users register', { input });
    expect(code).toBe(0);
    expect(stdout).toContain('Registered carol');
    expect(stderr).toContain('The two entered values do not match.');
    expect((await flowserv('login -u carol -p same')).code).toBe(0);
  });

  it('N17: logs in for the shell, until logging out', async () => {
    const { stdout, stderr } = await flowserv('login', { input: 'alice\npassword of alice\n' });
    expect(stdout).toMatch(/^export FLOWSERV_ACCESS_TOKEN=\S+\n$/);
    expect(stderr).not.toContain('password of alice');
    const env = { FLOWSERV_ACCESS_TOKEN: stdout.trim().split('=').at(-1) };

    expect((await flowserv('whoami', { env })).stdout).toBe('Logged in as alice.\n');
    expect((await flowserv('logout', { env })).stdout).toBe('See ya mate!\n');

    const after = await flowserv('whoami', { env });
    expect(after.code).toBe(1);
    expect(after.stderr).toContain('not logged in (the session has ended): run `eval $(flowserv login)`');
  });

  it('never sees the password on the terminal', async () => {
    const shown = await onTerminal(['login', '-u', 'alice'], 'Password: ', 'password of alice\n');

    expect(shown).toContain('export FLOWSERV_ACCESS_TOKEN=');
    expect(shown).not.toContain('password of alice');
  });

  /** The output on a terminal of a command whose questions are answered. */
  function onTerminal(args: readonly string[], question: string, answer: string): Promise<string> {
    const launcher = fileURLToPath(new URL('../../bin/flowserv.mjs', import.meta.url));
    const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
    const { PATH, HOME } = process.env;
    const child = spawn('python3', ['-c', script, process.execPath, launcher, ...args], {
      env: { PATH, HOME, FLOWSERV_API_DIR: stack.dataDir, TERM: 'xterm' },
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const asked = shown.includes(question);
      shown += text;
      if (!asked && shown.includes(question)) child.stdin.write(answer);
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', () => resolve(shown));
    });
  }

  it('N9: shows a group, also after an update', async () => {
    const id = await groupOf('G1');
    const { stdout } = await flowserv('groups show', { env: { FLOWSERV_GROUP: id } });
    expect(stdout.split('\n')).toEqual([
      `ID      : ${id}`,
      'Name    : G1',
      'Members : alice',
      '',
      'Uploaded Files',
      '--------------',
      '',
      'ID | Name | Created At | Size',
      '---|------|------------|-----',
      '',
    ]);
    const dave = await stack.user('dave');
    const me = JSON.parse((await flowserv('whoami --json')).stdout).id;
    const updated = await flowserv(`groups update -g ${id} -n G2 -m ${me},${dave.id}`);
    expect(updated.stdout).toContain('Name    : G2\nMembers : alice,dave\n');
    expect((await flowserv('groups list')).stdout).toContain(`\n${id} | G2   | HW      \n`);
  });

  it('deletes a group after a confirmation', async () => {
    const id = await groupOf('G3');
    const refused = await flowserv(`groups delete -g ${id}`, { input: 'n\n' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`Do you really want to delete the group ${id}`);
    expect(refused.stderr).toContain('Aborted!');
    expect((await flowserv(`groups delete -g ${id}`, { input: '' })).code).toBe(1);

    const done = await flowserv(`groups delete -g ${id}`, { input: 'y\n' });

    expect(done).toMatchObject({ code: 0, stdout: `Submission '${id}' deleted.\n` });
    const gone = await flowserv(`groups show -g ${id}`);
    expect(gone).toEqual({ code: 1, stdout: '', stderr: `error: unknown group '${id}'\n` });
  });

  it('N10: uploads, lists, downloads and deletes files', async () => {
    const env = { FLOWSERV_GROUP: await groupOf('G4') };
    const path = join(folder, 'names.txt');
    writeFileSync(path, 'Alice\nBob\n');

    const uploaded = await flowserv(`files upload -i ${path}`, { env });
    const id = lastWord(uploaded.stdout);
    expect(uploaded.stdout).toBe(`Uploaded 'names.txt' with ID ${id}.\n`);
    for (const command of ['files list', 'groups show']) {
      expect((await flowserv(command, { env })).stdout).toMatch(
        new RegExp(`^${id} \\| names.txt \\| \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d \\|   10$`, 'm'),
      );
    }
    const copy = join(folder, 'copy.txt');
    expect(await flowserv(`files download -f ${id} -o ${copy}`, { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(copy, 'utf8')).toBe('Alice\nBob\n');
    expect((await flowserv(`files delete -f ${id} --force`, { env })).stdout).toBe(`File '${id}' deleted.\n`);
    expect(JSON.parse((await flowserv('files list --json', { env })).stdout)).toEqual([]);
    const again = await flowserv(`files download -f ${id} -o ${copy}`, { env });
    expect(again).toMatchObject({ code: 1, stderr: `error: unknown file '${id}'\n` });
  });

  it('uploads a large file as a multipart upload, and gets an error for one that is too large', async () => {
    const env = { FLOWSERV_GROUP: await groupOf('G5') };
    const path = join(folder, 'large.bin');
    writeFileSync(path, Buffer.alloc(9 * MIB, 'large'));
    const sent = await flowserv(`files upload -i ${path}`, { env });
    expect(sent).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Uploaded 'large.bin' with ID \w{32}/),
    });
    const [file] = JSON.parse((await flowserv('files list --json', { env })).stdout);
    expect(file).toMatchObject({ name: 'large.bin', size: 9 * MIB });
    const copy = join(folder, 'copy.bin');
    await flowserv(`files download -f ${file.id} -o ${copy}`, { env });
    expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);

    writeFileSync(path, Buffer.alloc(24 * MIB));
    const { code, stderr } = await flowserv(`files upload -i ${path}`, { env });
    expect(stderr).toContain(`file above the limit of ${20 * MIB} bytes`);
    expect(code).toBe(1);
  });
});
