import { findGroup } from '../../groups/group.ts';
import {
  findDirectUpload,
  firstNumbers,
  partLinks,
  startDirectUpload,
  storedParts,
} from '../../uploads/direct.ts';
import { completeDirectUpload, giveUpDirectUpload } from '../../uploads/direct-end.ts';
import { linkExpiry } from '../../volumes/presign.ts';
import { created, nothing, ok } from '../answer.ts';
import { loggedIn, operation } from '../operation.ts';
import { uploadView } from '../views.ts';

/** Uploads of groups that go straight to S3 in parts. */
export const directUploadOperations = [
  operation('files:direct:start', async ({ services, caller, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(group);
    const { name, size, sha256 = null } = body;
    const upload = await startDirectUpload(services, loggedIn(caller), group, { name, size, sha256 });
    return created({
      id: upload.id,
      partSize: upload.partSize,
      parts: await partLinks(services, upload, firstNumbers(upload)),
      expiresAt: linkExpiry(services.now()),
    });
  }),

  operation('files:direct:parts', async ({ services, authorize, param, body: { numbers } }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(group);
    const upload = await findDirectUpload(services, group.id, param('fileId'));
    const [parts, done] = await Promise.all([
      partLinks(services, upload, numbers),
      storedParts(services, upload),
    ]);
    return ok({ parts, done });
  }),

  operation('files:direct:complete', async ({ services, authorize, param, body: { parts } }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(group);
    return created(uploadView(await completeDirectUpload(services, group, param('fileId'), parts)));
  }),

  operation('files:direct:abort', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(group);
    await giveUpDirectUpload(services, group, param('fileId'));
    return nothing;
  }),
];
