import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { zipOf } from '../end-to-end/version-requests.ts';
import { cliWith } from './run-cli.ts';

const stack = useStack();
const folder = mkdtempSync(join(tmpdir(), 'flowserv-versions-'));
const source = join(folder, 'source');
let flowserv: ReturnType<typeof cliWith>;

beforeAll(async () => {
  cpSync(fixture('hello-world'), source, { recursive: true });
  const olga = await stack.user('olga');
  await stack.install(fixture('hello-world'), { id: 'HW' });
  await giveRole(stack.services, 'operator', 'HW', 'olga', 'organiser');
  flowserv = cliWith({
    FLOWSERV_API_DIR: stack.dataDir,
    FLOWSERV_ACCESS_TOKEN: olga.token,
    FLOWSERV_APP: 'HW',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

it('an organiser installs a folder or a zip as a new version, and sees before what changes', async () => {
  expect((await flowserv(`workflows install ${source}`)).stdout).toBe(
    'Workflow HW has this version already: 1.\n',
  );
  const manifest = join(source, 'flowserv.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('Greets people', 'Greets many people'));
  const dry = await flowserv(`workflows install ${source} --dry-run`);
  expect([dry.code, dry.stdout]).toEqual([
    0,
    'Version 2 of workflow HW:\n- The description changes.\nNothing is installed.\n',
  ]);
  const done = await flowserv(`workflows install ${source}`);
  expect(done.stdout).toBe(
    'Version 2 of workflow HW:\n- The description changes.\nVersion 2 of workflow HW is installed.\n',
  );
  const again = await flowserv(`workflows install ${source}`);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Version 2 of workflow HW')]);
  const broken = join(folder, 'broken.zip');
  writeFileSync(broken, await zipOf({ 'flowserv.yaml': 'name: B\nodd: 1\nspecfile: missing.yaml\n' }));
  const failed = await flowserv(`workflows install ${broken}`);
  expect([failed.code, failed.stdout]).toEqual([1, '']);
  expect(failed.stderr).toMatch(/error: .*odd[\s\S]*error: .*missing\.yaml/);
});
