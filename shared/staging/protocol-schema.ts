import * as z from 'zod';
import { warningSchema } from '../documents/warning.ts';
import { isSafePath, MAX_PATH_BYTES } from './paths.ts';
import {
  type FileSource,
  type InputsPage,
  type InputsRequest,
  type NextResponse,
  PAGE_ENTRIES,
  type StagedEntry,
  type StepLog,
  type StepManifest,
  type StepStatus,
  type TreeEntry,
  UPLOAD_KINDS,
  type UploadsRequest,
  type UploadsResponse,
} from './protocol.ts';
import { FILE_DROPPED } from './warnings.ts';

/**
 * Schemas of the staging protocol for the broker's side and for readers of the documents that a step writes. The
 * staging program itself is too small to include zod and uses `protocol-reader.ts`.
 */

const count = z.number().int().min(0);
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')
  .max(64);
const path = z
  .string()
  .max(MAX_PATH_BYTES)
  .refine(isSafePath, `must be a relative path of at most ${MAX_PATH_BYTES} bytes`);
const outputPath = z
  .string()
  .refine((output) => isSafePath(output.replace(/\/$/, '')), 'must be a relative path');
const text = z.string().max(4_096);

const step = z.strictObject({ index: count, name: z.string(), attempt: count });
const source: z.ZodType<FileSource> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('input'), id: z.string() }),
  z.strictObject({ kind: z.literal('tree'), id: digest }),
]);

const file = z.strictObject({
  type: z.literal('file'),
  path,
  mode: count.max(0o777),
  size: count,
  sha256: digest,
  source,
  protected: z.boolean(),
  private: z.boolean().exactOptional(),
});
const link = z.strictObject({ type: z.literal('link'), path, target: z.string() });
const folder = z.strictObject({ type: z.literal('folder'), path });

export const inputsRequestSchema: z.ZodType<InputsRequest> = z.strictObject({ page: count });

const treeEntry: z.ZodType<TreeEntry> = z.discriminatedUnion('type', [file, link, folder]);
const stagedEntry: z.ZodType<StagedEntry> = z.discriminatedUnion('type', [
  file.extend({ url: z.url() }),
  link,
  folder,
]);

export const inputsPageSchema: z.ZodType<InputsPage> = z.strictObject({
  step,
  script: z.string(),
  control: z.record(z.string(), z.string()).exactOptional(),
  folders: z.array(path),
  entries: z.array(stagedEntry).max(PAGE_ENTRIES),
  next: count.nullable(),
  isFollowed: z.boolean(),
  keep: z.strictObject({
    outputs: z.array(outputPath),
    resultFile: path.nullable(),
    tree: z.boolean(),
    archive: z.boolean(),
    variable: z.boolean().exactOptional(),
    onFailure: path.exactOptional(),
    handOver: z.strictObject({
      closed: z.array(z.string()),
      declared: z.array(outputPath),
      leaves: z.array(outputPath).nullable(),
      others: z.array(outputPath),
    }),
  }),
  limits: z.strictObject({
    files: count,
    fileBytes: count,
    treeBytes: count,
    deadlineSeconds: count,
    logBytes: count,
  }),
});

export const nextRequestSchema = z.strictObject({});

export const nextResponseSchema: z.ZodType<NextResponse> = z.strictObject({ ticket: z.string() });

export const uploadsRequestSchema: z.ZodType<UploadsRequest> = z.strictObject({
  files: z
    .array(z.strictObject({ kind: z.enum(UPLOAD_KINDS), path, size: count, sha256: digest }))
    .max(PAGE_ENTRIES),
});

export const uploadsResponseSchema: z.ZodType<UploadsResponse> = z.strictObject({
  uploads: z.array(
    z.strictObject({
      kind: z.enum(UPLOAD_KINDS),
      path,
      url: z.url(),
      headers: z.record(z.string(), z.string()),
    }),
  ),
  watched: z.boolean().exactOptional(),
});

export const stepManifestSchema: z.ZodType<StepManifest> = z.strictObject({
  v: z.literal(1),
  entries: z.array(treeEntry),
});

const kept = { size: count, sha256: digest };

/** Tasks of earlier releases write the sentence alone. */
const warning = z.union([
  text.transform((message) => ({ code: FILE_DROPPED, message })),
  warningSchema.extend({ code: z.string().max(64), message: text }),
]);

/** Bytes of a stream that are part of the log itself. */
const MAX_INLINE_BYTES = 64 * 1024;

const logStream = z.strictObject({
  size: count,
  parts: z.array(z.strictObject({ start: count, length: count, at: count })).max(2),
  bytes: z
    .base64()
    .max(Math.ceil(MAX_INLINE_BYTES / 3) * 4)
    .nullable(),
});
export const stepLogSchema: z.ZodType<StepLog> = z.strictObject({
  v: z.literal(1),
  folder: z.string().max(4_096),
  stdout: logStream,
  stderr: logStream,
});

export const stepStatusSchema: z.ZodType<StepStatus> = z.strictObject({
  v: z.literal(1),
  step,
  attempt: count,
  exitCode: z.number().int().nullable(),
  failure: z.strictObject({ code: z.string(), message: text }).nullable(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  commands: z.array(z.strictObject({ stdout: z.string(), stderr: z.string(), truncated: z.boolean() })),
  outputs: z.array(z.strictObject({ path, ...kept })),
  result: z.strictObject(kept).nullable(),
  archive: z.strictObject(kept).nullable(),
  warnings: z.array(warning),
});
