import { beforeAll, describe, expect, it } from 'vitest';
import { epochSeconds } from '../../shared/ids.ts';
import { purgeWorkflowNow } from '../../shared/maintenance/purge-at-once.ts';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { AUDIT_DAYS } from '../../shared/roles/audit.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const WAITING = oneStep(['sleep 600']);

interface Account {
  readonly id: string;
  readonly token: string;
}
let olga: Account;
let otto: Account;
let paul: Account;

beforeAll(async () => {
  [olga, otto, paul] = (await Promise.all(['olga', 'otto', 'paul'].map((name) => stack.user(name)))) as [
    Account,
    Account,
    Account,
  ];
  await installTemplate(stack, WAITING, {}, { id: 'W', owner: { id: olga.id, name: 'olga' } });
});

const members = '/workflows/W/members';
const auditOf = async (workflow = 'W', query = '') =>
  (await stack.request('GET', `/workflows/${workflow}/audit${query}`, { token: olga.token })).json;
/** The entries as one line each, the oldest first. */
const lines = async (): Promise<string[]> =>
  (await auditOf()).entries
    .map(
      ({ user, action, object, detail }: Record<string, { username: string; name?: string; id: string }>) =>
        `${user?.username ?? 'operator'}: ${action} ${object?.name ?? object?.id}, ${detail}`,
    )
    .toReversed();

describe('the audit list', () => {
  it('has an entry for each change by the operator or by the rights of a role', async () => {
    const add = (role: string) =>
      stack.request('POST', members, { token: olga.token, body: { username: 'otto', role } });
    await add('viewer');
    await add('organiser');
    // Changes nothing.
    await add('organiser');
    await updateWorkflow(stack.services, 'W', { name: 'Renamed', description: 'Text' });
    const group = await stack.group('W', paul.token, 'Paul');
    const runs = [await start(stack, group, paul.token), await start(stack, group, paul.token)];
    const [first, second] = runs.map(({ json }) => json.id as string);
    // A member of the group needs no role.
    await stack.request('PUT', `/runs/${first}`, { token: paul.token });
    await stack.request('PUT', `/runs/${second}`, { token: otto.token, body: { reason: 'blocks' } });
    // Fails, as the run has ended.
    expect((await stack.request('PUT', `/runs/${second}`, { token: otto.token })).status).toBe(400);
    await stack.request('DELETE', `${members}/${otto.id}`, { token: olga.token });

    expect(await lines()).toEqual([
      'operator: workflow.create W, owner olga',
      'olga: member.add otto, viewer',
      'olga: member.change otto, viewer to organiser',
      'operator: workflow.update W, name, description',
      `otto: run.cancel ${second}, undefined`,
      'olga: member.remove otto, organiser',
    ]);
  });

  it('also has the cancellation of a client of GA4GH WES', async () => {
    await giveRole(stack.services, 'operator', 'W', 'otto', 'organiser');
    const { json } = await start(stack, await stack.group('W', paul.token, 'WES'), paul.token);
    const base = new URL('/ga4gh/wes/v1', stack.url).href;
    const cancel = () => stack.request('POST', `/runs/${json.id}/cancel`, { token: otto.token, base });
    expect((await cancel()).status).toBe(200);
    expect((await cancel()).status).toBe(200);
    expect((await lines()).slice(-1)).toEqual([`otto: run.cancel ${json.id}, undefined`]);
  });

  it('is returned in pages, the newest entry first, with the time of each', async () => {
    const { entries: all } = await auditOf();
    const found = [];
    let query = '?limit=2';
    for (;;) {
      const { entries, nextCursor } = await auditOf('W', query);
      found.push(...entries);
      if (nextCursor === undefined) break;
      query = `?limit=2&cursor=${nextCursor}`;
    }
    expect(found).toEqual(all);
    const times = all.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('has no entry for a change that failed', async () => {
    const before = await lines();
    for (const body of [
      { username: 'olga', role: 'viewer' },
      { username: 'unknown', role: 'viewer' },
    ]) {
      const { status } = await stack.request('POST', members, { token: olga.token, body });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(await lines()).toEqual(before);
  });

  it('shows entries of a later release, whose actions this one does not know', async () => {
    const at = '2999-01-01T00:00:00.000000+00:00';
    const entry = { v: 1, at, action: 'moon.land', object: { type: 'moon', id: '1' }, ttl: 32_472_144_000 };
    await stack.services.table.put({ ...keys.audited('W', at, 'later'), ...entry });
    const { entries } = await auditOf();
    expect(entries[0]).toEqual({ at, action: 'moon.land', object: entry.object });
    await stack.services.table.remove(keys.audited('W', at, 'later'));
  });

  it('cannot be read by participants, and not by former members', async () => {
    await takeRole(stack.services, 'operator', 'W', otto.id);
    for (const { token } of [paul, otto]) {
      expect((await stack.request('GET', '/workflows/W/audit', { token })).status).toBe(403);
    }
  });

  it('keeps entries for a limited time', async () => {
    const [item] = await stack.services.table.list(keys.allAudited('W'));
    const days = (Number(item?.ttl) - epochSeconds(new Date())) / 86_400;
    expect(Math.round(days)).toBe(AUDIT_DAYS);
  });

  it('is removed when the workflow is purged, so that another one of its id begins anew', async () => {
    await installTemplate(stack, WAITING, {}, { id: 'GONE', owner: { id: olga.id, name: 'olga' } });
    await removeWorkflow(withoutMessages(stack.services), 'GONE');
    const actions = (await stack.services.table.list(keys.allAudited('GONE'))).map(({ action }) => action);
    expect(actions).toEqual(['workflow.create', 'workflow.delete']);
    await purgeWorkflowNow(stack.services, 'GONE');
    expect(await stack.services.table.list(keys.allAudited('GONE'))).toEqual([]);
    expect(await stack.services.table.list(keys.workflowMembers('GONE'))).toEqual([]);
  });
});
