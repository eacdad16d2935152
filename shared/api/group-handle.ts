import type { Group } from '../groups/group.ts';
import { groupParameterViews } from '../groups/parameters.ts';
import type { Services } from '../services/services.ts';
import { listUploads } from '../uploads/store.ts';
import type { Reader } from './moderation-views.ts';
import { groupView } from './views.ts';

/** Returns a group's handle with its invitations and its first page of uploads, unless `details` is false. */
export async function groupHandle(
  services: Services,
  group: Group,
  shown: { readonly runs?: readonly object[]; readonly details?: boolean; readonly reader?: Reader } = {},
) {
  const parameters = await groupParameterViews(services, group);
  if (shown.details === false) {
    return groupView({ ...group, invitations: [] }, parameters, [], shown.runs, shown.reader);
  }
  const { entries: uploads } = await listUploads(services, group.id);
  return groupView(group, parameters, uploads, shown.runs, shown.reader);
}
