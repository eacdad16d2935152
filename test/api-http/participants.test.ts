import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { namedUsers } from '../end-to-end/named-users.ts';
import { updateTemplate } from '../end-to-end/new-version.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });

const { user, ask, register, create } = namedUsers(stack);
const run = (name: string, group: string) => start(stack, group, user(name).token);
const refusal = ({ status, json }: { status: number; json: { code: string } }) => [status, json.code];

beforeAll(async () => {
  await register(['ann', 'ben', 'cem', 'dea', 'olga', 'vera']);
});

describe('the rules of a benchmark', () => {
  const install = (id: string, rules: string) =>
    installTemplate(
      stack,
      oneStep(['true']),
      { 'rules.md': rules },
      { id },
      'participants: {rules: rules.md}\n',
    );
  const rulesFor = (name: string, id: string) => ask(name, 'GET', `/workflows/${id}/rules`);

  beforeAll(async () => {
    await install('RULED', '# Rules\n\nBe fair.\n');
    await installTemplate(stack, oneStep(['true']), {}, { id: 'FREE' });
  });

  it('are read by everyone, and accepted with their version and a time', async () => {
    const anonymous = await stack.request('GET', '/workflows/RULED/rules');
    expect(anonymous.json).toEqual({
      text: '# Rules\n\nBe fair.',
      version: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const { version } = anonymous.json;
    const stale = await ask('ann', 'POST', '/workflows/RULED/rules', { version: 'another' });
    expect(refusal(stale)).toEqual([400, 'rules.version']);
    const accepted = await ask('ann', 'POST', '/workflows/RULED/rules', { version });
    expect(accepted.json).toEqual({ version, acceptedAt: expect.any(String) });
    expect((await ask('ann', 'POST', '/workflows/RULED/rules', { version })).json).toEqual(accepted.json);
    expect((await rulesFor('ann', 'RULED')).json.acceptedAt).toBe(accepted.json.acceptedAt);
    expect((await rulesFor('ben', 'RULED')).json).not.toHaveProperty('acceptedAt');
    expect(refusal(await rulesFor('ann', 'FREE'))).toEqual([404, 'rules.unknown']);
    await giveRole(stack.services, 'operator', 'RULED', 'vera', 'viewer');
    const list = await ask('vera', 'GET', '/workflows/RULED/rules/accepted');
    expect(list.json.accepted).toEqual([
      { id: user('ann').id, username: 'ann', version, acceptedAt: accepted.json.acceptedAt },
    ]);
    expect((await ask('ann', 'GET', '/workflows/RULED/rules/accepted')).status).toBe(403);
  });

  it('are accepted by each user who starts a run, and again when their text changes', async () => {
    const { json: group } = await create('ben', 'RULED', ['ann']);
    const refused = await run('ben', group.id);
    expect(refusal(refused)).toEqual([403, 'rules.not-accepted']);
    expect(refused.json.message).toContain('flowserv workflows rules -w RULED --accept');
    expect((await run('ann', group.id)).status).toBe(201);
    const { version } = (await rulesFor('ben', 'RULED')).json;
    await ask('ben', 'POST', '/workflows/RULED/rules', { version });
    expect((await run('ben', group.id)).status).toBe(201);

    const update = (text: string, command: string) =>
      updateTemplate(
        stack.services,
        'RULED',
        oneStep([command]),
        { 'rules.md': text },
        'participants: {rules: rules.md}\n',
      );
    // Another version of the benchmark with the same rules.
    await update('# Rules\n\nBe fair.\n', 'true ');
    expect((await run('ben', group.id)).status).toBe(201);
    const { changes } = await update('# Rules\n\nBe very fair.\n', 'true ');
    expect(changes).toContain(
      'The rules of the benchmark change: users accept them again before their next run.',
    );
    expect(refusal(await run('ben', group.id))).toEqual([403, 'rules.not-accepted']);
    const again = (await rulesFor('ben', 'RULED')).json;
    expect(again).not.toHaveProperty('acceptedAt');
    await ask('ben', 'POST', '/workflows/RULED/rules', { version: again.version });
    expect((await run('ben', group.id)).status).toBe(201);
    const list = await ask('vera', 'GET', '/workflows/RULED/rules/accepted');
    expect(list.json.accepted).toHaveLength(3);
  });

  it.each([
    ['', "the rules file 'rules.md' is empty"],
    ['x'.repeat(100_001), "'rules.md' is larger than 100000 bytes"],
  ])('are a file with text of limited length', async (text, message) => {
    await expect(install('WRONG', text)).rejects.toThrow(message);
  });
});

describe('a benchmark whose organisers approve participants', () => {
  const participation = async (name: string) =>
    (await ask(name, 'GET', '/workflows/ASKED/participation')).json;
  const decide = (by: string, name: string, state: string, reason?: string) =>
    ask(by, 'PUT', `/workflows/ASKED/participants/${user(name).id}`, { state, reason });

  beforeAll(async () => {
    await installTemplate(stack, oneStep(['true']), {}, { id: 'ASKED' }, 'participants: {approval: true}\n');
    await giveRole(stack.services, 'operator', 'ASKED', 'olga', 'organiser');
    await giveRole(stack.services, 'operator', 'ASKED', 'vera', 'viewer');
  });

  it('asks for a user who creates a group, and says what happens next', async () => {
    expect(await participation('cem')).toEqual({
      invitations: 'optional',
      approval: { required: true, state: 'none' },
    });
    const refused = await create('cem', 'ASKED');
    expect(refusal(refused)).toEqual([403, 'participant.requested']);
    expect(refused.json.message).toContain('waits for an organiser');
    expect((await participation('cem')).approval).toEqual({ required: true, state: 'requested' });
    expect((await ask('cem', 'GET', '/workflows/ASKED/groups')).json.groups).toEqual([]);
  });

  it('lists who asked, and organisers decide, which is in the audit list', async () => {
    expect((await ask('dea', 'POST', '/workflows/ASKED/participation')).json.approval.state).toBe(
      'requested',
    );
    const waiting = await ask('vera', 'GET', '/workflows/ASKED/participants?state=requested');
    expect(
      waiting.json.participants.map(({ username }: { username: string }) => username).toSorted(),
    ).toEqual(['cem', 'dea']);
    for (const name of ['vera', 'cem', 'ann'])
      expect((await decide(name, 'cem', 'approved')).status).toBe(403);
    const approved = await decide('olga', 'cem', 'approved');
    expect([approved.status, approved.json]).toEqual([
      200,
      {
        id: user('cem').id,
        username: 'cem',
        state: 'approved',
        requestedAt: expect.any(String),
        decidedAt: expect.any(String),
      },
    ]);
    expect((await decide('olga', 'dea', 'declined', 'only for students')).status).toBe(200);
    const { entries } = (await ask('olga', 'GET', '/workflows/ASKED/audit')).json;
    expect(entries.slice(0, 2)).toMatchObject([
      {
        action: 'participant.decline',
        user: { username: 'olga' },
        object: { name: 'dea' },
        detail: 'only for students',
      },
      { action: 'participant.approve', user: { username: 'olga' }, object: { name: 'cem' } },
    ]);
    const declined = await create('dea', 'ASKED');
    expect(refusal(declined)).toEqual([403, 'participant.declined']);
    expect(declined.json.message).toContain('only for students');
    // A repeated request does not undo the decision.
    expect((await ask('dea', 'POST', '/workflows/ASKED/participation')).json.approval.state).toBe('declined');
  });

  it('accepts groups and runs of approved users only, also if one is declined later', async () => {
    const alone = await create('cem', 'ASKED');
    expect(alone.status).toBe(201);
    expect(refusal(await create('cem', 'ASKED', ['ann']))).toEqual([403, 'participant.member']);
    const body = { members: [user('cem').id, user('ann').id] };
    expect(refusal(await ask('cem', 'PUT', `/groups/${alone.json.id}`, body))).toEqual([
      403,
      'participant.member',
    ]);
    await ask('cem', 'POST', `/groups/${alone.json.id}/invitations`, { username: 'ann' });
    const accept = () => ask('ann', 'POST', `/groups/${alone.json.id}/invitations/accept`);
    expect(refusal(await accept())).toEqual([403, 'participant.requested']);
    await decide('olga', 'ann', 'approved');
    expect((await accept()).status).toBe(200);
    expect((await run('ann', alone.json.id)).status).toBe(201);
    await decide('olga', 'ann', 'declined');
    expect(refusal(await run('ann', alone.json.id))).toEqual([403, 'participant.declined']);
    expect((await run('cem', alone.json.id)).status).toBe(201);
  });

  it('has one decision when two are made at the same time', async () => {
    const results = await Promise.all([
      decide('olga', 'ben', 'approved'),
      decide('olga', 'ben', 'declined'),
      ask('ben', 'POST', '/workflows/ASKED/participation'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { entries } = (await ask('olga', 'GET', '/workflows/ASKED/audit')).json;
    const last = entries.find(({ object }: { object: { name: string } }) => object.name === 'ben').action;
    const { state } = (await participation('ben')).approval;
    expect(state).toBe(last === 'participant.approve' ? 'approved' : 'declined');
  });
});
