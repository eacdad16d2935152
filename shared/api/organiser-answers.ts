import * as z from 'zod';
import { participantStates } from '../participants/states.ts';
import { roles } from '../roles/names.ts';
import { runStates } from '../runs/state.ts';
import { tokenAccess } from '../users/token-access.ts';
import { nextCursor, runEntry, session, user, warning } from './answers.ts';
import { runInContest } from './contest-answers.ts';
import { runSorts } from './run-sort.ts';

/** Responses of the routes for organisers, and of those for API tokens. */

const text = z.string();
const role = z.enum(roles);
export const member = user.extend({ role, since: text }).meta({ id: 'WorkflowMember' });
export const memberListing = z
  .object({ members: z.array(member), nextCursor })
  .meta({ id: 'WorkflowMemberListing' });
export const auditListing = z
  .object({
    entries: z.array(
      z.object({
        at: text,
        /** Absent if the operator did it. */
        user: user.optional(),
        /** Name of the API token by which the user did it. */
        token: text.optional(),
        action: text,
        object: z.object({ type: text, id: text, name: text.optional() }),
        detail: text.optional(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'AuditListing' });
/** Runs of several groups. */
export const workflowRunListing = z
  .object({
    /** The order of the list. */
    sort: z.enum(runSorts).optional(),
    runs: z.array(runEntry.extend({ group: z.object({ id: text, name: text }) })),
    nextCursor,
  })
  .meta({ id: 'WorkflowRunListing' });
/** The post-processing runs of a workflow. */
export const postprocListing = z
  .object({
    /** Whether the ranking changed, or a repetition was requested, and no run follows yet. */
    pending: z.boolean(),
    runs: z.array(
      z.object({
        id: text,
        state: z.enum(runStates),
        createdAt: text,
        startedAt: text.optional(),
        finishedAt: text.optional(),
        versionNumber: z.number(),
        /** Id of the phase whose ranking it processed. */
        phase: text.optional(),
        /** Whether it is the one that the current leaderboard shows. */
        shown: z.boolean(),
        /** Why an active run has not ended, and since when that is so. */
        reason: text.optional(),
        since: text.optional(),
        /** The end of the messages of a run that failed or was canceled. */
        message: text.optional(),
        warningCount: z.number().optional(),
        hidden: runInContest.hidden,
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'PostprocListing' });
/** The users in the groups of a workflow: one entry for each user and group. */
export const registrationListing = z
  .object({
    registrations: z.array(
      z.object({
        user,
        group: z.object({ id: text, name: text }),
        /** Whether the user owns the group. */
        isOwner: z.boolean(),
        /** When the user became a member of the group; absent if an earlier release did not record it. */
        joinedAt: text.optional(),
        /** The role of the user in the workflow. */
        role: role.optional(),
        /** Whether organisers approved the user, who asked or about whom they decided. */
        approval: z.enum(participantStates).optional(),
        /** When the user accepted the current version of the rules. */
        rulesAcceptedAt: text.optional(),
        /** Runs of the group. */
        runs: z.number(),
        /** When the newest of them was started. */
        lastRunAt: text.optional(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'RegistrationListing' });
const archiveBase = {
  id: text,
  createdAt: text,
  /** Who requested it. */
  user,
  /** Which runs it has; all without conditions. */
  filter: z.object({
    state: z.enum(runStates).optional(),
    group: text.optional(),
    version: z.number().optional(),
    since: text.optional(),
  }),
  /** Whether it has the outputs of the runs, too. */
  outputs: z.boolean(),
  /** `failed` if it could not be completed; what there is of it can be downloaded. */
  state: z.enum(['running', 'done', 'failed']),
  /** Runs that are in its files so far. */
  runs: z.number(),
  /** Those of them without their files, which are too large. */
  leftOut: z.number(),
  /** Bytes of its files so far. */
  size: z.number(),
  expiresAt: text,
};
/** An archive of the submissions of a workflow. */
export const submissionsArchive = z
  .object({
    ...archiveBase,
    /** Zips with some of the runs each; absent in the response to the request for it. */
    files: z
      .array(z.object({ name: text, size: z.number(), runs: z.number(), url: text, urlExpiresAt: text }))
      .optional(),
  })
  .meta({ id: 'SubmissionsArchive' });
export const submissionsArchiveListing = z
  .object({ archives: z.array(z.object(archiveBase)) })
  .meta({ id: 'SubmissionsArchiveListing' });
export const runOutput = z
  .object({
    steps: z.array(
      z.object({
        name: text,
        state: text,
        image: text,
        /** SHA-256 of the manifest of the image, if the platform reports it. */
        digest: text.optional(),
        exitCode: z.number().optional(),
        /** Why the step failed, if its output does not show it. */
        reason: text.optional(),
        /** The run whose outputs the step took; the texts are those of that run. */
        reusedFrom: text.optional(),
        /** Absent if the step reported nothing, or its report has expired. */
        commands: z.array(z.object({ stdout: text, stderr: text })).optional(),
        warnings: z.array(warning).optional(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'RunOutput' });
export type RunOutput = z.infer<typeof runOutput>;

const identified = z.object({
  id: text,
  name: text,
  scope: z.object({ access: z.enum(tokenAccess), workflow: text.optional() }),
});
const apiToken = identified
  .extend({
    createdAt: text,
    expires: text,
    /** A day, as in 2026-12-31; absent if the token was never used. */
    lastUsedOn: text.optional(),
    /** False if the token expired, or the password was reset since. */
    active: z.boolean(),
  })
  .meta({ id: 'ApiToken' });
/** With the token itself, which is returned only once. */
export const newApiToken = apiToken.extend({ token: text }).meta({ id: 'NewApiToken' });
export const apiTokenListing = z.object({ tokens: z.array(apiToken) }).meta({ id: 'ApiTokenListing' });
/** The user of a request. */
export const identity = session
  .partial({ token: true })
  .extend({
    /** The API token of the request, if it has one. */
    apiToken: identified.optional(),
  })
  .meta({ id: 'Identity' });
