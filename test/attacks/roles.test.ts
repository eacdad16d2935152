import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('a former owner of a workflow', () => {
  const stack = useStack();
  let former: { id: string; name: string };
  beforeAll(async () => {
    former = { ...(await stack.user('former')), name: 'former' };
    await stack.user('owner');
    await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
    await giveRole(stack.services, 'operator', 'W', 'owner', 'owner');
  });

  // The request was authorised just before another owner changed the role.
  it.each([
    ['removed', 'owner'],
    ['removed', 'organiser'],
    ['viewer', 'owner'],
    ['viewer', 'organiser'],
  ] as const)('who is %s cannot become %s by a request that was on its way', async (role, wanted) => {
    await giveRole(stack.services, 'operator', 'W', 'former', 'viewer');
    if (role === 'removed') await takeRole(stack.services, 'operator', 'W', former.id);
    const given = giveRole(stack.services, former, 'W', 'former', wanted);
    await expect(given).rejects.toMatchObject({ code: 'auth.not-authorized' });
  });
});
