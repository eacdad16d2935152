import * as z from 'zod';

/**
 * The parts of responses of a WES server that are read here (GA4GH WES 1.1.0, and what servers of 1.0 and of Sapporo send
 * instead). Everything else is ignored; servers are not trusted, so texts and lists are bounded.
 */

/** Bytes of the log of a run: 10,000 outputs, and the text that some servers put there. */
export const LOG_BYTES = 16 * 1024 * 1024;

/** States of a run. Sapporo adds the last two. */
const states = [
  ...(['UNKNOWN', 'QUEUED', 'INITIALIZING', 'RUNNING', 'PAUSED', 'COMPLETE', 'EXECUTOR_ERROR'] as const),
  ...(['SYSTEM_ERROR', 'CANCELED', 'CANCELING', 'PREEMPTED', 'DELETED', 'DELETING'] as const),
];
export type WesState = (typeof states)[number];

/** Ids of runs are opaque. One of them is a part of a path, so it must not be `.` or `..`. */
const id = z
  .string()
  .max(512)
  .regex(/^[\x21-\x7e]+$/)
  .refine((name) => name !== '.' && name !== '..');
/** Longer tags are not ours. */
const tags = z.record(z.string(), z.unknown());

export const runId = z.object({ run_id: id });
export const status = z.object({ state: z.enum(states).default('UNKNOWN') });

export const serviceInfo = z.object({
  workflow_type_versions: z.record(
    z.string().max(256),
    z.object({ workflow_type_version: z.array(z.string().max(256)).max(1000).default([]) }),
  ),
});

const summary = z.object({ run_id: id, tags: tags.nullish() });
export type RunSummary = z.output<typeof summary>;
export const runs = z.object({
  runs: z.array(summary).max(10_000).nullish(),
  /** The name of the list before version 1.0. */
  workflows: z.array(summary).max(10_000).nullish(),
  next_page_token: z.string().max(4096).nullish(),
});

const text = z.string().nullish().catch(undefined).optional();
const log = z.object({
  name: text,
  exit_code: z.int().nullish().catch(undefined).optional(),
  /** An address, or in many servers the text itself. */
  stdout: text,
  stderr: text,
  system_logs: z.array(z.string()).nullish().catch(undefined).optional(),
});
export type WesLog = z.output<typeof log>;

export const runLog = z.object({
  request: z.object({ tags: tags.nullish() }).nullish().catch(undefined).optional(),
  run_log: log.nullish().catch(undefined).optional(),
  task_logs: z.array(log).max(10_000).nullish().catch(undefined).optional(),
  outputs: z.unknown().optional(),
});
export const tasks = z.object({ task_logs: z.array(log).max(10_000).nullish() });
/** Responses whose content does not matter. */
export const anything = z.unknown();

/** `File` and `Directory` of the Common Workflow Language, without the content of a listing, which is read level by level. */
export const cwlFile = z.object({
  class: z.literal('File'),
  location: z.string(),
  basename: z.string().nullish(),
  size: z.int().min(0).nullish(),
});
export const cwlDirectory = z.object({
  class: z.literal('Directory'),
  basename: z.string().nullish(),
  listing: z.array(z.unknown()),
});
/** Sapporo lists the files of the output folder instead of the outputs. */
export const listedFiles = z.array(z.object({ file_name: z.string(), file_url: z.string() }));
