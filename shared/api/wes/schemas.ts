import * as z from 'zod';
import { FORM_BYTES } from '../../uploads/limits.ts';

/** Objects of GA4GH WES 1.1.0, as far as the service sends them. */

const text = z.string();

/** States of a run in the standard that a run of this service can have. */
const wesState = z
  .enum(['QUEUED', 'RUNNING', 'COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED'])
  .meta({ id: 'WesState' });
export type WesState = z.infer<typeof wesState>;

export const tags = z.record(text, text);
const versions = (name: string) => z.record(text, z.object({ [name]: z.array(text) }));

export const serviceInfo = z
  .object({
    id: text,
    name: text,
    type: z.object({ group: text, artifact: text, version: text }),
    organization: z.object({ name: text, url: text }),
    version: text,
    workflow_type_versions: versions('workflow_type_version'),
    supported_wes_versions: z.array(text),
    supported_filesystem_protocols: z.array(text),
    workflow_engine_versions: versions('workflow_engine_version'),
    default_workflow_engine_parameters: z.array(z.unknown()),
    system_state_counts: z.record(text, z.int()),
    auth_instructions_url: text,
    tags,
  })
  .meta({ id: 'WesServiceInfo' });

export const runId = z.object({ run_id: text }).meta({ id: 'WesRunId' });
export const runStatus = z.object({ run_id: text, state: wesState }).meta({ id: 'WesRunStatus' });
export const runList = z
  .object({
    runs: z.array(runStatus.extend({ tags })),
    /** Empty on the last page. */
    next_page_token: text,
  })
  .meta({ id: 'WesRunList' });

const log = z.object({
  name: text,
  start_time: text.optional(),
  end_time: text.optional(),
  system_logs: z.array(text),
});
export const taskLog = log
  .extend({
    id: text,
    exit_code: z.int().optional(),
    /** The commands, in which variables stand for values. */
    cmd: z.array(text).optional(),
    /** Links to the output of the step. */
    stdout: text.optional(),
    stderr: text.optional(),
  })
  .meta({ id: 'WesTaskLog' });
export const taskList = z
  .object({ task_logs: z.array(taskLog), next_page_token: text })
  .meta({ id: 'WesTaskList' });

export const runLog = z
  .object({
    run_id: text,
    state: wesState,
    request: z.object({
      workflow_params: z.record(text, z.unknown()),
      workflow_type: text,
      workflow_type_version: text,
      workflow_url: text,
      tags,
    }),
    run_log: log,
    task_logs_url: text,
    task_logs: z.array(taskLog),
    /** Links to the files by the names of the template. */
    outputs: z.record(text, text),
  })
  .meta({ id: 'WesRunLog' });

/** The body of errors of these routes. */
export const wesFault = z
  .object({ msg: text, status_code: z.int(), code: text, requestId: text })
  .meta({ id: 'WesFault' });

/** A field with JSON may be as long as a form; its content is bounded where it is read. */
const json = text.max(FORM_BYTES).optional();
const short = text.max(1000);
/** Tags are part of a run's items, up to 1,000 of which are read for a list. */
const tagsField = text.max(2000).optional();

/** The text fields of a run request, besides its attachments. */
export const runRequestFields = z.strictObject({
  workflow_url: short,
  workflow_type: short,
  workflow_type_version: short,
  workflow_params: json,
  tags: tagsField,
  workflow_engine: short.optional(),
  workflow_engine_version: short.optional(),
  workflow_engine_parameters: json,
});

/** Most entries of a page, and their number without a `page_size`. */
export const MAX_WES_PAGE = 100;

export const wesPageQuery = z.object({
  page_size: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: `Most entries of this page; never more than ${MAX_WES_PAGE}` }),
  page_token: text
    .max(4096)
    .optional()
    .meta({ description: 'The `next_page_token` of the page before; the first page when absent' }),
});
