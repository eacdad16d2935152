import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { isRecord, keyValues, parseAt } from '../documents/schema.ts';
import { invalid } from '../errors.ts';

/** Where the files of a storage volume are, by kind. None of them contains a secret. */
export type VolumeLocation = z.infer<(typeof kinds)[keyof typeof kinds]>;

/** A storage volume as an operator configures it. */
export interface VolumeConfig {
  readonly id: string;
  readonly location: VolumeLocation;
  /** Paths of files that are on the volume before the first step of a run. */
  readonly files: readonly string[];
}

const text = z.string().min(1).max(1024);
const optional = text.nullish().transform((value) => value ?? undefined);
/** Name of the variable with the credentials. Without one, a bucket uses those of the environment. */
const credentials = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, 'must be the name of an environment variable with the credentials')
  .nullish()
  .transform((value) => value ?? undefined);
/** Address of a server that is compatible with the service. */
const endpoint = z
  .url({ protocol: /^https?$/ })
  .refine(hasNoPassword, 'must not contain a password; name credentials instead')
  .nullish()
  .transform((value) => value ?? undefined);

const bucket = {
  bucket: text,
  prefix: text.nullish().transform(orElse(null)),
  endpoint,
  credentials,
};

/** Arguments of each kind. */
const kinds = {
  fs: z.strictObject({ type: z.literal('fs'), basedir: text }),
  s3: z.strictObject({ type: z.literal('s3'), ...bucket, region: optional }),
  gc: z.strictObject({ type: z.literal('gc'), ...bucket }),
  sftp: z.strictObject({
    type: z.literal('sftp'),
    basedir: text,
    hostname: text,
    port: z.coerce.number().int().min(1).max(65_535).nullish().transform(orElse(22)),
    /** Seconds until a connection attempt ends. */
    timeout: z.coerce.number().positive().max(600).nullish().transform(orElse(20)),
    look_for_keys: z
      .literal(false, 'keys of a user are never used; name credentials instead')
      .nullish()
      .transform(orElse(false)),
    sep: z.literal('/', "SFTP separates folders with '/'").nullish().transform(orElse('/')),
    /** Fingerprint of the server's key, as `ssh-keygen -l` prints it: `SHA256:…`. */
    host_key: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint such as ssh-keygen -l prints: SHA256:…')
      .nullish()
      .transform((value) => value ?? undefined),
    credentials,
  }),
} as const;

const fault = (message: string, cause?: unknown) => invalid('volume.config', message, cause);
const header = z.object({
  type: z.string().nullish(),
  id: text.nullish(),
  name: text.nullish(),
  files: z.array(text).max(10_000).nullish(),
});

/**
 * Reads the configuration of a storage volume. Its arguments are a list of `{key, value}` or a mapping, and its id is
 * named `id` or `name`; without one it is generated. The type is `fs` by default.
 *
 * @param path location of the value in its document, for messages
 * @throws FlowservError 400 `volume.config`
 */
export function parseVolumeConfig(value: unknown, path = 'storage volume'): VolumeConfig {
  const document = isRecord(value) ? value : parseAt(z.record(z.string(), z.unknown()), value, path, fault);
  const { type, id, name, files } = parseAt(header, document, path, fault);
  const args = Object.fromEntries(keyValues(document.args, `${path}.args`, fault));
  return {
    id: id ?? name ?? randomUUID().replaceAll('-', ''),
    location: parseLocation(type ?? 'fs', args, path),
    files: files ?? [],
  };
}

function parseLocation(type: string, args: Record<string, unknown>, path: string): VolumeLocation {
  if (!Object.hasOwn(kinds, type)) throw fault(`${path}: invalid value '${type}' for storage volume type`);
  const schema = kinds[type as keyof typeof kinds] as z.ZodType<VolumeLocation>;
  return parseAt(schema, { ...args, type }, `${path}.args`, fault);
}

/** The configuration of a storage volume as a document, which `parseVolumeConfig` reads. */
export interface VolumeDocument {
  readonly type: string;
  readonly id: string;
  readonly args: readonly { readonly key: string; readonly value: unknown }[];
  readonly files?: readonly string[];
}

export function volumeDocument({ id, location, files }: VolumeConfig): VolumeDocument {
  const { type, ...args } = location;
  const entries = Object.entries(args).filter(([, value]) => value !== undefined);
  return {
    type,
    id,
    args: entries.map(([key, value]) => ({ key, value })),
    ...(files.length > 0 ? { files } : {}),
  };
}

function orElse<S>(standard: S) {
  return <T>(value: T | null | undefined): T | S => value ?? standard;
}

function hasNoPassword(url: string): boolean {
  const { username, password } = URL.parse(url) ?? {};
  return !username && !password;
}
