import { findGroup } from '../../groups/group.ts';
import { abortMultipartUpload, completeMultipartUpload } from '../../uploads/multipart-end.ts';
import { findMultipartUpload, inParts, startMultipartUpload } from '../../uploads/multipart-upload.ts';
import { firstNumbers, partLinks, storedParts } from '../../uploads/parts.ts';
import { linkExpiry } from '../../volumes/presign.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { uploadView } from '../views.ts';

/** Multipart uploads of groups: the parts go straight to S3. */
export const multipartUploadOperations = [
  operation('files:direct:start', async ({ services, caller, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const { name, size, sha256 = null } = body;
    const upload = await startMultipartUpload(services, loggedIn(caller), group, { name, size, sha256 });
    return created({
      id: upload.id,
      partSize: upload.partSize,
      parts: await partLinks(services, inParts(upload), firstNumbers(upload)),
      expiresAt: linkExpiry(services.now()),
    });
  }),

  operation('files:direct:parts', async ({ services, authorize, param, body: { numbers } }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const upload = await findMultipartUpload(services, group.id, param('fileId'));
    const file = inParts(upload);
    const [parts, done] = await Promise.all([
      partLinks(services, file, numbers),
      storedParts(services, file),
    ]);
    return ok({ parts, done });
  }),

  operation('files:direct:complete', async ({ services, authorize, param, body: { parts } }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return created(uploadView(await completeMultipartUpload(services, group, param('fileId'), parts)));
  }),

  operation('files:direct:abort', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    await abortMultipartUpload(services, group, param('fileId'));
    return nothing;
  }),
];
