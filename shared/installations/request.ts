import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { INSTALLATION_STATES } from './states.ts';

/** What was found about a source; lists and texts are bounded by `bounded`. */
const findingsSchema = z.object({
  /** Why it cannot be installed. */
  problems: z.array(z.string()).optional(),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })).optional(),
  /** What differs from the installed version, in sentences for everyone. */
  changes: z.array(z.string()).optional(),
  /** The same about files, whose names may be private. */
  files: z.array(z.string()).optional(),
  isNewLeaderboard: z.boolean().optional(),
  /** Parameters that groups added and that the version uses itself. */
  groups: z.array(z.object({ group: z.string(), parameter: z.string() })).optional(),
  /** Phases whose hidden results the version may show, which the request has to confirm. */
  confirm: z.array(z.string()).optional(),
});
export type Findings = z.infer<typeof findingsSchema>;

const installationSchema = findingsSchema.extend({
  workflowId: z.string(),
  /** Number that the version will have, or would have. */
  number: z.number(),
  sourceId: z.string(),
  /** Hexadecimal digest of the zip. */
  sha256: z.string(),
  dryRun: z.boolean(),
  /** The phases that the request confirmed. */
  confirmed: z.array(z.string()),
  user: z.object({ id: z.string(), name: z.string() }),
  /** Name of the API token of the request. */
  token: z.string().optional(),
  createdAt: z.string(),
  state: z.enum(INSTALLATION_STATES),
  finishedAt: z.string().optional(),
  /** How often the work began. */
  attempts: z.number(),
  /** Epoch milliseconds; 0 if nobody works on it. */
  leaseUntil: z.number(),
  /** Id of the version that the last attempt stores. */
  versionId: z.string().optional(),
  /** Times of the requests of the last 24 hours, this one included. */
  recent: z.array(z.string()),
  /** Counts the changes: each is made on the condition that no other one came in between. */
  revision: z.number(),
});
/** The last request of an organiser to install a version of a workflow. There is one at most. */
export type Installation = z.infer<typeof installationSchema>;
export const installationCodec = itemCodec(1, installationSchema);

export const isOpen = ({ state }: Pick<Installation, 'state'>): boolean =>
  state === 'waiting' || state === 'installing';

/** The condition that a request is as it was read. */
export const unchanged = ({ revision, createdAt }: Installation): Condition => ({
  expression: '#revision = :revision AND #createdAt = :createdAt',
  values: { revision, createdAt },
});

export const readInstallation = async (
  { table }: Pick<Services, 'table'>,
  workflowId: string,
): Promise<Installation | undefined> =>
  installationCodec.readMaybe(await table.get(keys.installation(workflowId)));

/** Entries of each list, and characters of each text. */
const MAX_ENTRIES = 50;
const MAX_TEXT = 500;

/** Cuts findings to what an item and a response hold: a source may have thousands of problems. */
export function bounded(findings: Findings): Findings {
  const text = (value: string) =>
    value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT - 1).toWellFormed()}…` : value;
  const texts = (list: readonly string[]) => {
    const rest = list.length - MAX_ENTRIES;
    return rest > 0 ? [...list.slice(0, MAX_ENTRIES).map(text), `And ${rest} more.`] : list.map(text);
  };
  const { problems, warnings, files, groups, ...others } = findings;
  return {
    ...others,
    ...(problems && { problems: texts(problems) }),
    ...(files && { files: texts(files) }),
    ...(warnings && {
      warnings: warnings.slice(0, MAX_ENTRIES).map(({ code, message }) => ({ code, message: text(message) })),
    }),
    ...(groups && { groups: groups.slice(0, MAX_ENTRIES) }),
  };
}
