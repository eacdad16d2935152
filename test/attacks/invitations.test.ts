import { expect, it } from 'vitest';
import { MAX_MEMBER_CHANGES_A_DAY } from '../../shared/groups/invitation.ts';
import { exists } from '../../shared/store/expressions.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();

it('a user cannot flood others with invitations, by whatever route and from any group', async () => {
  const [mallory, victim] = [await stack.user('mallory'), await stack.user('victim')];
  await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
  const groups = [
    await stack.group('W', mallory.token, 'One'),
    await stack.group('W', mallory.token, 'Another'),
  ] as const;
  const { token } = mallory;
  const invite = (group: string) =>
    stack.request('POST', `/groups/${group}/invitations`, { token, body: { username: 'victim' } });
  const withdraw = (group: string) =>
    stack.request('DELETE', `/groups/${group}/invitations/${victim.id}`, { token });
  expect((await invite(groups[0])).status).toBe(200);
  expect((await withdraw(groups[0])).status).toBe(204);
  // As after all others but the last one.
  const counted = { set: { failed: MAX_MEMBER_CHANGES_A_DAY - 1 } };
  await stack.services.table.update(keys.attempts('members', mallory.id), counted, exists);
  expect((await invite('W')).status).toBe(404);
  expect((await invite(groups[0])).status).toBe(200);
  const body = { members: [mallory.id, victim.id] };
  const refused = [
    await invite(groups[1]),
    await stack.request('PUT', `/groups/${groups[1]}`, { token, body }),
  ];
  for (const { status, json } of refused) expect([status, json.code]).toEqual([429, 'auth.too-many']);
  // Other changes, and those of others, are not limited by it.
  const renamed = await stack.request('PUT', `/groups/${groups[1]}`, { token, body: { name: 'Other' } });
  expect(renamed.status).toBe(200);
  expect((await withdraw(groups[0])).status).toBe(204);
});
