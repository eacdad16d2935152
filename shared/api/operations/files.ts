import { findGroup } from '../../groups/group.ts';
import { removeUpload } from '../../uploads/remove.ts';
import { listUploads, storeUpload } from '../../uploads/store.ts';
import { findUpload } from '../../uploads/upload.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing } from '../operation-result.ts';
import { pageOf, uploadView } from '../views.ts';

/** Uploads of groups. */
export const fileOperations = [
  operation('files:upload', async ({ services, caller, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return created(uploadView(await storeUpload(services, loggedIn(caller), group, body)));
  }),

  operation('files:list', async ({ services, authorize, param, query }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const { entries, ...page } = await listUploads(services, group.id, query);
    const wanted = entries.filter(({ sha256 }) => (query.sha256 ?? sha256) === sha256);
    return pageOf('files', { ...page, entries: wanted }, uploadView);
  }),

  operation('files:delete', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    await removeUpload(services, await findUpload(services, group.id, param('fileId')));
    return nothing;
  }),
];
