import * as z from 'zod';
import { FlowservError } from '../../shared/errors.ts';
import { volumeConfigOf } from '../../shared/storage-volumes/configured-volume.ts';
import { SECRET_ARN, volumeSettings } from '../../shared/volume-setting.ts';

/** A storage volume of a stage on AWS. */
const stageVolume = volumeSettings.extend({
  type: z.enum(['s3', 'gc', 'sftp'], 'must be s3, gc or sftp: a function has no folder that lasts'),
  /** Arguments of the kind of storage, without credentials. */
  args: z.record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean()])),
  /** ARN of the Secrets Manager secret whose text is the JSON of the credentials. */
  credentialsSecret: z.string().regex(SECRET_ARN, 'must be the full ARN of a secret').exactOptional(),
});

/** Checks the arguments of a storage volume, which a step would otherwise be the first to use. */
export const usableVolume = stageVolume.superRefine((volume, context) => {
  try {
    volumeConfigOf(volume);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});
