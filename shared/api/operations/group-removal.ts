import { findGroup } from '../../groups/group.ts';
import { removeGroup } from '../../groups/remove.ts';
import { authorize } from '../../users/authorize.ts';
import { nothing } from '../answer.ts';
import { operation } from '../operation.ts';

/** Deleting a group stops its active runs, so it is served where executions can be stopped. */
export const groupRemoval = operation('groups:delete', async ({ services, caller, param }) => {
  const group = await findGroup(services, param('userGroupId'));
  authorize(services.config, caller, 'group:write', group);
  await removeGroup(services, group);
  return nothing;
});
