import * as z from 'zod';
import { roles } from '../roles/names.ts';
import { runStates } from '../runs/state.ts';
import { phase, runInContest, visibility } from './contest-answers.ts';
import { disqualification, moderation, pause } from './moderation-answers.ts';

/**
 * Responses of the API as a client reads them (flowServ HTTP API, JSON objects). Unlisted fields are dropped, so that
 * a response of a newer server can still be read.
 */

const text = z.string();
const parameterBase = z.object({
  name: text,
  dtype: text,
  index: z.number(),
  isRequired: z.boolean(),
  label: text.optional(),
  help: text.optional(),
  defaultValue: z.unknown().optional(),
  group: text.optional(),
  /** Of files: the path of the file in the run, or null if the user chooses it. */
  target: text.nullish(),
  /** Of numbers: an interval such as `[0,10)`. */
  range: text.optional(),
  /** Of enumerations. */
  values: z.array(z.object({ name: text, value: z.unknown(), isDefault: z.boolean().optional() })).optional(),
});
export interface Parameter extends z.infer<typeof parameterBase> {
  /** Of lists: the declaration of the elements. */
  readonly para?: Parameter | undefined;
  /** Of records. */
  readonly fields?: Parameter[] | undefined;
}
const parameter: z.ZodType<Parameter> = z
  .lazy(() => parameterBase.extend({ para: parameter.optional(), fields: z.array(parameter).optional() }))
  .meta({ id: 'Parameter' });
const parameters = z.array(parameter);

/** Of lists and leaderboards: the cursor of the next page, if any. */
export const nextCursor = text.optional();

export const service = z
  .object({
    name: text,
    version: text,
    url: text,
    routes: z.array(z.object({ id: text, pattern: text })),
    username: text.optional(),
  })
  .meta({ id: 'ServiceDescriptor' });

export const user = z.object({ id: text, username: text }).meta({ id: 'User' });
export const session = user.extend({ token: text }).meta({ id: 'Session' });
export const userListing = z.object({ users: z.array(user), nextCursor }).meta({ id: 'UserListing' });
export const resetRequest = z.object({ requestId: text }).meta({ id: 'PasswordReset' });

const state = z.enum(runStates);
const runDescriptor = z.object({ id: text, state, createdAt: text });
const cell = z.union([text, z.number()]).nullable();
const columnValue = z.object({ name: text, value: cell });
/** Of runs in lists and handles. */
const standing = {
  /** Version of the workflow: its id, and its number from 1. */
  version: text.optional(),
  versionNumber: z.number().optional(),
  /** Why an active run has not ended, and since when that is so. */
  reason: text.optional(),
  since: text.optional(),
  /** Names of the uploaded files among the arguments. */
  inputs: z.array(text).optional(),
  /** Values by column of the leaderboard, of a run that can be ranked. */
  results: z.array(columnValue).optional(),
  /** Position on the leaderboard, from 1, as it was published last. */
  rank: z.number().optional(),
  /** Why a run has no rank. */
  notRanked: text.optional(),
  /** The run that it scores again by a newer version. */
  rescoredFrom: text.optional(),
  /** The run that scored it again and took its place on the leaderboard. */
  replacedBy: text.optional(),
  ...moderation,
  ...runInContest,
};
/** A run in a list, with the number of its warnings if it has any. */
export const runEntry = runDescriptor
  .extend({ warningCount: z.number().optional(), ...standing })
  .meta({ id: 'RunDescriptor' });
export const warning = z.object({ code: text, message: text }).meta({ id: 'Warning' });
export const runListing = z.object({ runs: z.array(runEntry), nextCursor }).meta({ id: 'RunListing' });
const runFile = z
  .object({
    id: text,
    name: text,
    title: text.optional(),
    caption: text.optional(),
    widget: z.unknown().optional(),
    format: z.unknown().optional(),
  })
  .meta({ id: 'RunFile' });
const runImage = z.object({ step: text, image: text, digest: text }).meta({ id: 'RunImage' });
const runStepReuse = z
  .object({ step: text, runId: text.optional(), reason: text.optional() })
  .meta({ id: 'RunStepReuse' });
/** What tasks took and cost. */
export const usage = z
  .object({
    taskSeconds: z.number(),
    /** Seconds of one vCPU. */
    vcpuSeconds: z.number(),
    /** Estimate of the cost in US dollars by list prices. */
    usd: z.number(),
  })
  .meta({ id: 'Usage' });
export const run = runDescriptor
  .extend({
    ...standing,
    workflowId: text,
    groupId: text.optional(),
    arguments: z.array(z.object({ name: text, value: z.unknown() })),
    parameters: parameters.optional(),
    startedAt: text.optional(),
    finishedAt: text.optional(),
    messages: z.array(text).optional(),
    /** What its tasks took, once it has ended. */
    usage: usage.optional(),
    /** The last run that scored it again, whatever its end. */
    rescoredBy: text.optional(),
    /** When the run was submitted that it scores again: this time counts for the ranking. */
    submittedAt: text.optional(),
    /** Why the run is not ranked, or what was not kept; absent without warnings. */
    warnings: z.array(warning).optional(),
    /** The images of the steps, if the platform reports them. */
    images: z.array(runImage).optional(),
    /** Of steps with `cache: true`: the run whose outputs a step took, or why it was executed. */
    reuse: z.array(runStepReuse).optional(),
    files: z.array(runFile).optional(),
  })
  .meta({ id: 'Run' });

export const file = z
  .object({ id: text, name: text, createdAt: text, size: z.number() })
  .meta({ id: 'FileHandle' });
export const fileListing = z.object({ files: z.array(file), nextCursor }).meta({ id: 'FileListing' });

export const groupEntry = z.object({ id: text, name: text, workflow: text }).meta({ id: 'GroupDescriptor' });
export const groupListing = z
  .object({ groups: z.array(groupEntry), nextCursor })
  .meta({ id: 'GroupListing' });
export const group = groupEntry
  .extend({
    members: z.array(user),
    /** Open invitations, if there are some; only for readers who may see the uploads. */
    invitations: z.array(user.extend({ invitedBy: user, invitedAt: text })).optional(),
    parameters,
    files: z.array(file),
    config: z.record(text, z.unknown()).nullable(),
    runs: z.array(runEntry).optional(),
    disqualified: disqualification.optional(),
  })
  .meta({ id: 'Group' });

const role = z.enum(roles);

const workflowEntry = z
  .object({
    id: text,
    name: text,
    description: text.optional(),
    instructions: text.optional(),
  })
  .meta({ id: 'WorkflowDescriptor' });
export const jsonSchema = z.looseObject({ $schema: text, title: text });
export const workflowListing = z
  .object({ workflows: z.array(workflowEntry), nextCursor })
  .meta({ id: 'WorkflowListing' });
export const workflow = workflowEntry
  .extend({
    parameters,
    parameterGroups: z.array(z.object({ name: text, title: text, index: z.number() })).optional(),
    postproc: run.optional(),
    /** Set while organisers pause submissions. */
    paused: pause.optional(),
    groups: z.array(groupEntry).optional(),
    /** Of a contest with phases, in the order of their times. */
    phases: z.array(phase).optional(),
    /** What its contest hides, if it has such rules. */
    visibility: visibility.optional(),
    /** The role of the caller, if any. */
    role: role.optional(),
  })
  .meta({ id: 'Workflow' });

const leaderboardRow = z.object({
  run: z.object({ id: text, createdAt: text, startedAt: text, finishedAt: text }),
  group: z.object({ id: text, name: text }),
  results: z.array(columnValue),
});
export const leaderboard = z
  .object({
    schema: z.array(
      z.object({
        name: text,
        label: text,
        dtype: z.enum(['int', 'float', 'string']),
        unit: text.optional(),
        /** Decimals to show; values are not rounded. */
        decimals: z.number().optional(),
        /** Of a column of the default order, in a contest with rules of the ranking. */
        direction: z.enum(['asc', 'desc']).optional(),
      }),
    ),
    ranking: z.array(
      leaderboardRow.extend({
        /** In the order of the response; only in a contest with rules of the ranking. */
        rank: z.number().optional(),
      }),
    ),
    /** Baselines in the same order, which have no rank; on every page, absent if there are none. */
    baselines: z.array(leaderboardRow.extend({ label: text.optional() })).optional(),
    postproc: run.optional(),
    /** Id of the phase whose runs are ranked, in a contest with phases. */
    phase: text.optional(),
    /** True if the rules of the contest hide the ranking from the caller. */
    hidden: z.boolean().optional(),
    nextCursor,
  })
  .meta({ id: 'Leaderboard' });

const difference = <S extends z.ZodType>(side: S) =>
  z.array(z.object({ name: text, first: side.nullable(), second: side.nullable() }));
const comparedRun = runDescriptor.extend({ workflowId: text, version: text, groupId: text.optional() });
export const runDiff = z
  .object({
    first: comparedRun,
    second: comparedRun,
    /** Whether both runs used the same version of the same workflow. */
    sameVersion: z.boolean(),
    /** Uploads by name and digest; a long value as its length and digest. */
    arguments: difference(z.unknown()),
    /** By step. */
    images: difference(z.object({ image: text, digest: text })),
    /** By step, of those that took recorded outputs: the run that recorded them. */
    reuse: difference(z.object({ runId: text })).optional(),
    /** By path. */
    files: difference(z.object({ size: z.number(), sha256: text })),
    /** By column of the leaderboard. */
    results: difference(cell),
    /** Number of differences beyond the longest list. */
    omitted: z.number(),
  })
  .meta({ id: 'RunDiff' });

const partLinks = z.array(z.object({ number: z.number(), url: text }));

export const multipartStart = z
  .object({
    id: text,
    /** Bytes of each part except the last. */
    partSize: z.number(),
    parts: partLinks,
    /** When the links expire. */
    expiresAt: text,
  })
  .meta({ id: 'MultipartUpload' });

export const multipartParts = z
  .object({ parts: partLinks, done: z.array(z.number()) })
  .meta({ id: 'MultipartUploadParts' });

/** Response to downloads with `?link=json`. */
export const downloadLink = z
  .object({
    url: text,
    name: text,
    /** Bytes. */
    size: z.number(),
    type: text,
    expiresAt: text,
  })
  .meta({ id: 'DownloadLink' });

/** Says that a requested operation is in progress. */
export const notice = z.object({ message: text }).meta({ id: 'Notice' });

export const openApiDocument = z.looseObject({ openapi: text, paths: z.record(text, z.unknown()) });

export type User = z.infer<typeof user>;
export type RunEntry = z.infer<typeof runEntry>;
export type Run = z.infer<typeof run>;
export type RunDiff = z.infer<typeof runDiff>;
export type RunImage = z.infer<typeof runImage>;
export type RunStepReuse = z.infer<typeof runStepReuse>;
export type FileEntry = z.infer<typeof file>;
export type GroupEntry = z.infer<typeof groupEntry>;
export type Group = z.infer<typeof group>;
export type Workflow = z.infer<typeof workflow>;
export type WorkflowEntry = z.infer<typeof workflowEntry>;
export type Leaderboard = z.infer<typeof leaderboard>;
