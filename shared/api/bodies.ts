import * as z from 'zod';
import { eventTypes } from '../notifications/events.ts';
import { MAX_NAMED_RUNS } from '../rescoring/scopes.ts';
import { roles } from '../roles/names.ts';
import { runStates } from '../runs/state.ts';
import { MAX_LINKS, MAX_PARTS } from '../uploads/limits.ts';
import { tokenAccess } from '../users/token-access.ts';
import { visibilities } from '../workflows/visibility.ts';
import { runFilter } from './queries.ts';

/** Schemas of request bodies. Unlisted keys are rejected (flowServ HTTP API, body validation). */

/**
 * Maximum number of characters of a text: far above the limits that are checked later with messages of their own, so
 * that no check reads megabytes.
 */
const MAX_TEXT = 32_768;
const text = z.string().max(MAX_TEXT);
/** Maximum number of parameters of a template. */
const MAX_PARAMETERS = 10_000;
/** Maximum number of keys: far more than the 32,000 bytes of an engine configuration can contain. */
const MAX_KEYS = 10_000;

/** Maximum length of a list of ids: far above any use; it limits the cost of a body of the permitted size. */
const MAX_MEMBER_IDS = 1000;

const configuration = z
  .record(text, z.unknown())
  .refine((value) => Object.keys(value).length <= MAX_KEYS, `at most ${MAX_KEYS} elements`)
  .meta({ maxProperties: MAX_KEYS })
  .nullish();

export const registerBody = z.strictObject({
  username: text,
  password: text,
  /** Any value; true unless Python treats it as false. */
  verify: z.unknown().optional(),
});

export const activateBody = z.strictObject({
  /** The user's id, or the code from the mail. */
  id: text,
  /** The new password, if the account is confirmed by mail. */
  password: text.optional(),
});

export const loginBody = z.strictObject({ username: text, password: text });

export const passwordRequestBody = z.strictObject({ username: text });

export const passwordResetBody = z.strictObject({ requestId: text, password: text });

/** The password confirms the deletion. */
export const deleteAccountBody = z.strictObject({ password: text });

export const tokenBody = z.strictObject({
  name: text,
  /** A time or a day (UTC) of ISO 8601. */
  expires: z.string().max(40),
  scope: z.strictObject({
    access: z.enum(tokenAccess),
    /** The only workflow that the token reaches; all if absent. */
    workflow: text.nullish(),
  }),
});

/** A user to whom a role of a workflow is given. */
export const memberBody = z.strictObject({ username: text, role: z.enum(roles) });

/** What an organiser says about a disqualification. */
export const disqualifyBody = z.strictObject({ reason: text, visibility: z.enum(visibilities) });

export const pauseBody = z.strictObject({ reason: text });

export const announcementBody = z.strictObject({ text });

const someEvents = z.array(z.enum(eventTypes)).max(eventTypes.length);
const webhookEvents = someEvents.min(1);
export const webhookBody = z.strictObject({ url: text, events: webhookEvents });
export const changeWebhookBody = z.strictObject({ events: webhookEvents });

/** The events about which the caller gets mail; none ends the mails. */
export const subscriptionBody = z.strictObject({ events: someEvents });

export const baselineBody = z.strictObject({
  /** Shown beside the name of the group. */
  label: text.nullish(),
});

export const createGroupBody = z.strictObject({
  name: text,
  id: text.nullish(),
  members: z.array(text).max(MAX_MEMBER_IDS).nullish(),
  parameters: z.array(z.unknown()).max(MAX_PARAMETERS).nullish(),
  config: configuration,
  /** Another name of `config`. */
  engine: configuration,
});

export const updateGroupBody = z.strictObject({
  name: text.nullish(),
  members: z.array(text).max(MAX_MEMBER_IDS).nullish(),
});

/** A member who becomes the owner of a group. */
export const handOverBody = z.strictObject({ userId: text });

/** A user to invite to a group. */
export const inviteBody = z.strictObject({ username: text });

/** The version of the rules that the user has read. */
export const acceptRulesBody = z.strictObject({ version: z.string().max(64) });

/** A decision about a participant; the user reads the reason. */
export const decisionBody = z.strictObject({
  state: z.enum(['approved', 'declined']),
  reason: z.string().max(1000).nullish(),
});

/** Ids of runs; the rules of a contest permit fewer. */
export const chooseRunsBody = z.strictObject({ runs: z.array(z.string().max(64)).max(100) });

export const startRunBody = z.strictObject({
  /** Read by `parseArguments` of the template language. */
  arguments: z.unknown().optional(),
  config: configuration,
});

/** Exactly one of the three. */
export const rescoreBody = z.strictObject({
  runs: z.array(z.string().max(64)).min(1).max(MAX_NAMED_RUNS).optional(),
  ranked: z.literal(true).optional(),
  all: z.literal(true).optional(),
});

/** Which runs are in an archive of submissions, all without conditions, and whether it has their outputs. */
export const submissionsBody = z.strictObject({
  state: z.enum(runStates).optional(),
  group: runFilter.group,
  /** Number of a version. */
  version: z.int().min(1).max(99_999).optional(),
  since: runFilter.since,
  outputs: z.boolean().optional(),
});

/** Absent, empty, or with exactly a reason. */
export const cancelRunBody = z.strictObject({ reason: z.string().max(10_000).optional() });

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 has 64 hexadecimal digits')
  .max(64);

export const startMultipartBody = z.strictObject({
  name: text,
  /** Bytes. */
  size: z.int().min(0),
  sha256: sha256.nullish(),
});

export const startSourceBody = z.strictObject({
  /** Bytes. */
  size: z.int().min(1),
  sha256,
});

/** Maximum number of phases that a request confirms: a contest has at most as many. */
const MAX_CONFIRMED = 200;

export const installVersionBody = z.strictObject({
  /** Id of a zip whose upload is complete. */
  uploadId: z.string().max(64),
  /** True to find out what it would change. */
  dryRun: z.boolean().optional(),
  /** Phases whose hidden results the version may show. */
  confirm: z.array(z.string().max(64)).max(MAX_CONFIRMED).optional(),
});

export const multipartPartsBody = z.strictObject({ numbers: z.array(z.int().min(1)).max(MAX_LINKS) });

export const completeMultipartBody = z.strictObject({
  parts: z.array(z.strictObject({ number: z.int().min(1), etag: z.string().max(200) })).max(MAX_PARTS),
});
