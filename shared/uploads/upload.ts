import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';

const uploadSchema = z.object({
  id: z.string(),
  groupId: z.string(),
  workflowId: z.string(),
  name: z.string(),
  /** Bytes. */
  size: z.number(),
  /** Hexadecimal digest of the content. */
  sha256: z.string(),
  /** Media type guessed from the name, or null. */
  type: z.string().nullable(),
  createdAt: z.string(),
  /** What counts against the quotas of the uploading user, until the file is deleted. */
  reservations: reservationsSchema,
  /** Whether a run may have it among its arguments; absent in uploads of earlier releases, which did not record it. */
  used: z.boolean().optional(),
});

/** A file that a member uploaded for the group's runs. Its object key consists of ids only. */
export type Upload = z.infer<typeof uploadSchema>;
export const uploadCodec = itemCodec(1, uploadSchema);

/** @throws FlowservError 404 if the group has no such file */
export async function findUpload({ table }: Services, groupId: string, fileId: string): Promise<Upload> {
  const upload = uploadCodec.readMaybe(await table.get(keys.upload(groupId, fileId)));
  if (!upload) throw unknownObject('file', fileId);
  return upload;
}
