import * as z from 'zod';

/** The full ARN of a secret, with the six characters that Secrets Manager appends to its name. */
export const SECRET_ARN = /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}-\w{6}$/;
const ID_RULE = 'must be 1 to 32 lower-case letters, digits and hyphens';
const ARGUMENTS = 'must be a mapping of arguments as in docs/storage-volumes.md, without credentials';

type Arguments = Readonly<Record<string, string | number | boolean>>;

/** Few short values by name. A schema of zod would add 5 kB to each function. */
const isArguments = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !('credentials' in value) &&
  Object.keys(value).length <= 20 &&
  Object.values(value).every((one) => ['string', 'number', 'boolean'].includes(typeof one));

/** The part of a storage volume's settings that is the same on AWS and locally. */
export const volumeSettings = z.strictObject({
  /** Name of the volume in engine configurations. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, ID_RULE),
  /** Kind of storage; `shared/storage-volumes` checks the arguments. */
  type: z.enum(['fs', 's3', 'gc', 'sftp']),
  args: z.custom<Arguments>(isArguments, ARGUMENTS),
  /** Whether steps only read it. By default their inputs and outputs are copied to it. */
  readOnly: z.boolean().default(false),
  /** Whether steps that get private static files may write to it, so that its operators can read their outputs. */
  privateFiles: z.boolean().default(false),
});

/** A storage volume in the environment: its credentials are in a secret on AWS, or in a file on a local server. */
const configuredVolume = z.union(
  [
    volumeSettings.extend({ credentialsSecret: z.string().regex(SECRET_ARN).exactOptional() }),
    volumeSettings.extend({
      /** Path of the file whose text is the JSON of the credentials. */
      credentialsFile: z.string().min(1).max(4096),
    }),
  ],
  'must be a storage volume as in docs/storage-volumes.md, with id, type and args',
);
export type ConfiguredVolume = z.output<typeof configuredVolume>;

/** Maximum number of volumes: their settings are part of a function's environment. */
export const MAX_VOLUMES = 10;

/** The check of a list of volumes. */
export const distinctVolumes = z.refine<readonly { readonly id: string }[]>(
  (volumes) => new Set(volumes.map(({ id }) => id)).size === volumes.length,
  'two storage volumes have the same id',
);

/** The variable `FLOWSERV_VOLUMES`: a JSON list of storage volumes. */
export const volumesVariable = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return JSON.parse(text === '' ? '[]' : text) as unknown;
    } catch {
      context.issues.push({ code: 'custom', message: 'must be a JSON list', input: text });
      return z.NEVER;
    }
  })
  .pipe(z.array(configuredVolume).max(MAX_VOLUMES).check(distinctVolumes));
