import * as z from 'zod';
import { participantStates } from '../participants/states.ts';
import { STREAMS } from '../runs/logs/streams.ts';
import { MAX_PAGE } from '../store/paging.ts';
import { runSorts } from './run-sort.ts';

/** Queries of routes. Unlisted parameters are ignored: clients and proxies add their own. */

/** Maximum length of a value; a gateway accepts 10,240 bytes for request line and headers (API Gateway quotas). */
const MAX_VALUE = 10_240;

/** A workflow has at most 200 steps. */
const MAX_STEP = 9_999;

/** Maximum of `wait`: the gateway waits 30 s for a function (API Gateway quotas). */
const MAX_WAIT_SECONDS = 20;

/** No workflow has more versions. */
const MAX_VERSION = 99_999;

/** Position in a list (flowServ HTTP API, additional routes). */
const page = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .optional()
    .meta({ description: `Entries of this page, ${MAX_PAGE} when absent` }),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .meta({ description: 'The `nextCursor` of the page before; the first page when absent' }),
};

/** Of leaderboards and what belongs to one. */
const version = {
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_VERSION)
    .optional()
    .meta({ description: 'Number of a version that ranks on the leaderboard; the current one when absent' }),
};

/** Of the leaderboards of a contest with phases, and what belongs to one. */
const phase = {
  phase: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Id of a phase; the open one when absent, or the one that closed last' }),
};

/** Of lists that can be exported. */
const format = {
  format: z
    .enum(['json', 'csv'])
    .optional()
    .meta({ description: 'Of the response; when absent, `Accept` decides between JSON and `text/csv`' }),
};

/** Of reads that are held until they change. */
const wait = {
  wait: z.coerce.number().int().min(0).max(MAX_WAIT_SECONDS).optional().meta({
    description:
      'Seconds for which the response may be held while it is the one of `If-None-Match`; the server decides whether it is',
  }),
};

export const waitQuery = z.object(wait);

export const pageQuery = z.object(page);

export const usageQuery = z.object({
  ...page,
  month: z
    .string()
    .max(7)
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional()
    .meta({ description: 'Lists the groups in this month (UTC), such as `2026-12`; the months when absent' }),
});

/** Of lists that can be exported. */
export const exportedPageQuery = z.object({ ...page, ...format });

/** Of lists whose parts end by their size. */
export const positionQuery = z.object({ cursor: page.cursor });

export const groupListQuery = z.object({
  ...page,
  all: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true` lists the groups of all users; only for owners, organisers and viewers' }),
});

export const fileListQuery = z.object({
  ...page,
  sha256: z.string().max(MAX_VALUE).optional().meta({
    description:
      'Only files with this content, by its hexadecimal digest; a page may be empty before the last',
  }),
});

export const userListQuery = z.object({
  ...page,
  query: z.string().max(MAX_VALUE).optional().meta({
    description: 'Beginning of the name, without regard to case; a full name always finds its user',
  }),
});

export const participantListQuery = z.object({
  ...page,
  state: z.enum(participantStates).optional().meta({ description: 'Only participants in that state' }),
});

export const runListQuery = z.object({
  ...page,
  state: z.string().max(MAX_VALUE).optional().meta({ description: 'Only runs in that state' }),
});

/** A day, or a time with its offset (RFC 3339). */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Of the runs of a workflow. */
export const runFilter = {
  group: z
    .string()
    .max(32)
    .regex(/^\w+$/)
    .optional()
    .meta({ description: 'Only runs of the group with this id' }),
  version: version.version.meta({ description: 'Only runs of the version with this number' }),
  since: z
    .string()
    .max(40)
    .refine((text) => TIME.test(text) && !Number.isNaN(Date.parse(text)), 'must be a day or a time')
    .optional()
    .meta({
      description:
        'Only runs that were created at this time or later (RFC 3339), or on this day (UTC) or later',
    }),
};

export const workflowRunListQuery = runListQuery.extend({
  ...format,
  sort: z.enum(runSorts).optional().meta({
    description:
      '`newest` (when absent) or `oldest` run first, or group by group, the newest run of a group first',
  }),
  ...runFilter,
});

export const logQuery = z.object({
  step: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_STEP)
    .optional()
    .meta({ description: 'Index of the step; all steps when absent, with the ends of their streams' }),
  stream: z.enum(STREAMS).optional().meta({ description: 'One stream of the step; both when absent' }),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The `next` of the page before; the first page of the step when absent' }),
});

export const leaderboardQuery = z.object({
  ...page,
  ...version,
  ...phase,
  ...wait,
  ...format,
  orderBy: z.string().max(MAX_VALUE).optional().meta({
    description: "Columns with `:asc` or `:desc`, separated by commas; the template's order when absent",
  }),
  includeAll: z
    .string()
    .max(MAX_VALUE)
    .optional()
    .meta({ description: 'Every run, not only the best one of each group' }),
});

/** Of deletions. */
export const deletionQuery = z.object({
  now: z.enum(['true', 'false']).optional().meta({
    description:
      '`true` removes the data at once, also of what was deleted before; nothing can be restored then',
  }),
});

export const downloadQuery = z.object({
  link: z
    .string()
    .max(MAX_VALUE)
    .optional()
    .meta({ description: '`json` returns a link instead of the bytes or a redirect' }),
});

export const postprocDownloadQuery = downloadQuery.extend({ ...version, ...phase });
