import { unknownObject } from '../../errors.ts';
import { readAnyGroup, removeGroup } from '../../maintenance/remove-group.ts';
import { nothing } from '../answer.ts';
import { operation } from '../operation.ts';

/** Deleting a group stops its active runs, so it is served where executions can be stopped. */
export const groupRemoval = operation('groups:delete', async ({ services, authorize, param }) => {
  const groupId = param('userGroupId');
  // A deletion that was interrupted is completed by the next one.
  const group = await readAnyGroup(services, groupId);
  if (!group) throw unknownObject('group', groupId);
  authorize(group);
  await removeGroup(services, group);
  return nothing;
});
