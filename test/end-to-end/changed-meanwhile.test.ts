import { beforeAll, describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { removeGroup } from '../../shared/groups/remove.ts';
import { updateGroup } from '../../shared/groups/update.ts';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { Services } from '../../shared/services/services.ts';
import { readSource } from '../../shared/sources/folder.ts';
import { keys } from '../../shared/store/keys.ts';
import { completeMultipartUpload } from '../../shared/uploads/multipart-end.ts';
import { authorize } from '../../shared/users/authorize.ts';
import { hashPassword } from '../../shared/users/password.ts';
import { requestPasswordReset, resetPassword } from '../../shared/users/password-reset.ts';
import { login } from '../../shared/users/sessions.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { readVersion } from '../../shared/workflows/version.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { meanwhile } from './meanwhile.ts';
import { admittedRun, withoutMessages } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack();
let quiet: Services;
let alice: { id: string; token: string };
let bob: { id: string; token: string };

beforeAll(async () => {
  quiet = withoutMessages(stack.services);
  alice = await stack.user('alice');
  bob = await stack.user('bob');
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
});

describe('a group whose member is removed during a change by that member', () => {
  it('is not changed', async () => {
    const id = await stack.group('W', alice.token, 'Changing');
    const allowAll = async () => {};
    const byBob = { id: bob.id, name: 'bob' };
    const group = await updateGroup(
      quiet,
      byBob,
      await findGroup(quiet, id),
      { members: [alice.id, bob.id] },
      allowAll,
    );
    const withoutBob = async () => updateGroup(quiet, byBob, group, { members: [alice.id] }, allowAll);
    const change = updateGroup(
      meanwhile(quiet, 'transact', withoutBob),
      byBob,
      group,
      { members: [bob.id] },
      (current) => authorize(quiet, byBob, 'group:write', current),
    );
    await expect(change).rejects.toMatchObject({ status: 403 });
    expect((await findGroup(quiet, id)).members.map((member) => member.id)).toEqual([alice.id]);
  });
});

describe('a group that is deleted and created again during a change', () => {
  it('is a different group, which the change does not affect', async () => {
    const body = { name: 'Chosen', id: 'CHOSEN' };
    const create = ({ token }: { token: string }) =>
      stack.request('POST', '/workflows/W/groups', { token, body });
    const group = await findGroup(quiet, (await create(alice)).json.id);
    const anew = async () => {
      await removeGroup(quiet, group);
      await purgeSlice(quiet, { kind: 'group', id: group.id, key: keys.group(group.id) });
      await stack.services.messages.leaderboardDirty('W');
      expect((await create(bob)).status).toBe(201);
    };
    const byAlice = { id: alice.id, name: 'alice' };
    const change = updateGroup(
      meanwhile(quiet, 'transact', anew),
      byAlice,
      group,
      { name: 'Mine' },
      (current) => authorize(quiet, byAlice, 'group:write', current),
    );
    await expect(change).rejects.toMatchObject({ status: 403 });
    expect((await findGroup(quiet, group.id)).name).toBe('Chosen');
  });
});

describe('a run that starts while it is being canceled', () => {
  it('keeps its start time', async () => {
    const id = await admittedRun(stack, await stack.group('W', alice.token, 'Canceling'));
    const read = await findRun(quiet, id);
    expect(read.state).toBe('PENDING');
    let begun: string | undefined;
    const begin = async () => {
      await nextStep(quiet, { runId: id, outcome: null });
      begun = (await findRun(quiet, id)).startedAt;
    };
    const canceled = await cancelRun(meanwhile(quiet, 'transact', begin), read);
    expect(begun).toBeDefined();
    expect(canceled).toMatchObject({ state: 'CANCELED', startedAt: begun });
    expect(await findRun(quiet, id)).toMatchObject({ state: 'CANCELED', startedAt: begun });
  });
});

describe('a password that is reset during a login with the old one', () => {
  it('is the new password, although the login stores a better hash', async () => {
    const weak = await hashPassword('old password', { N: 2 ** 14, r: 8, p: 1 });
    await quiet.table.update(keys.credential(bob.id), { set: { password: weak } });
    const address = '192.0.2.1';
    const ticket = await requestPasswordReset(quiet, 'bob', address);
    const reset = async () => resetPassword(quiet, ticket, 'new password', address);
    const late = meanwhile(
      quiet,
      'update',
      reset,
      (key, { set = {} }) => key.pk.includes(bob.id) && 'password' in set,
    );
    await login(late, 'bob', 'old password', address);
    await expect(login(quiet, 'bob', 'old password', address)).rejects.toMatchObject({ status: 404 });
    expect((await login(quiet, 'bob', 'new password', address)).user.id).toBe(bob.id);
  });
});

describe('a multipart upload', () => {
  it('is listed as complete during its completion', async () => {
    const id = await stack.group('W', alice.token, 'Uploading');
    const ask = (path: string, body: object) =>
      stack.request('POST', `/uploads/${id}/direct${path}`, { token: alice.token, body });
    const begun = (await ask('', { name: 'a.txt', size: 1 })).json;
    const stored = await fetch(begun.parts[0].url, { method: 'PUT', body: 'x' });
    const part = { number: 1, etag: stored.headers.get('etag') ?? '' };
    const { objects } = quiet;
    const responses: unknown[] = [];
    const open: typeof objects.open = async (...args) => {
      responses.push((await ask(`/${begun.id}/parts`, { numbers: [] })).json);
      return objects.open(...args);
    };
    const services = { ...quiet, objects: { ...objects, open } };
    await completeMultipartUpload(services, await findGroup(quiet, id), begun.id, [part]);
    expect(responses).toEqual([{ parts: [], done: [1] }]);
  });
});

describe('a workflow whose installation loses the last response', () => {
  it('keeps the files with which it was published', async () => {
    const { table, objects } = stack.services;
    const transact: typeof table.transact = async (writes) => {
      await table.transact(writes);
      throw new Error('socket hang up');
    };
    const services = { ...stack.services, table: { ...table, transact } };
    const install = async (folder: string) =>
      (await createWorkflow(services, await readSource(folder, {}), { id: 'L' })).id;
    const installed = installTemplate({ install }, oneStep(['cat data.txt']), { 'data.txt': 'hello' });
    await expect(installed).rejects.toThrow('socket hang up');
    const version = await readVersion(quiet, 'L', (await findWorkflow(quiet, 'L')).version);
    const [file] = version.files;
    expect(await objects.size('data', objectKeys.staticFile('L', version.id, String(file?.sha256)))).toBe(5);
    await expectConsistency(stack.services);
  });
});
