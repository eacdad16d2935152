import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { postprocOfPhases } from './leaderboard-state.ts';
import { FIRST_VERSION } from './version.ts';
import type { Workflow } from './workflow.ts';

const versionEntrySchema = z.object({
  number: z.number(),
  id: z.string(),
  createdAt: z.string(),
  /** Its leaderboard, by the number of the first version that ranks on it. */
  rankedSince: z.number(),
  /** Who installed it; absent for the operator. */
  user: z.object({ id: z.string(), name: z.string() }).optional(),
  /** SHA-256 of the zip that an organiser uploaded; absent for the operator. */
  sha256: z.string().optional(),
  /** Sentences about what differs from the version before; bounded by `compareVersions`. */
  changes: z.array(z.string()),
});

/** A version in the list of a workflow's versions. */
export type VersionEntry = z.infer<typeof versionEntrySchema>;
export const versionEntryCodec = itemCodec(1, versionEntrySchema);

/** The entry of the version with which a workflow was installed; stored with its first update. */
export const firstEntry = ({
  version,
  createdAt,
}: Pick<Workflow, 'version' | 'createdAt'>): VersionEntry => ({
  ...FIRST_VERSION,
  id: version,
  createdAt,
  changes: [],
});

/** Lists the versions of a workflow, the newest first. */
export async function listVersions(
  { table }: Services,
  workflow: Workflow,
  page?: PageRequest,
): Promise<Page<VersionEntry>> {
  if (workflow.number === FIRST_VERSION.number)
    return { entries: [firstEntry(workflow)], nextCursor: undefined };
  return readPage(table, keys.versionEntries(workflow.id), versionEntryCodec.read, page, {
    descending: true,
  });
}

/** An earlier leaderboard of a workflow, as the version that replaced it left it. */
const earlierLeaderboardSchema = z.object({
  rankedSince: z.number(),
  /** The last version that ranks on it, whose rules stay those of the leaderboard. */
  version: z.string(),
  /** The post-processing run that users see. */
  postprocRunId: z.string().optional(),
  postprocOf: postprocOfPhases,
});
export type EarlierLeaderboard = z.infer<typeof earlierLeaderboardSchema>;
export const earlierLeaderboardCodec = itemCodec(1, earlierLeaderboardSchema);

/**
 * Returns the leaderboard of a version if it is not the current one; undefined for the current one.
 *
 * @param number of the version; the current one if absent
 * @throws FlowservError 404 for a version that the workflow does not have
 */
export async function findEarlierLeaderboard(
  { table }: Services,
  { id, number: current, rankedSince }: Workflow,
  number: number = current,
): Promise<EarlierLeaderboard | undefined> {
  if (number === current) return undefined;
  const entry =
    number < current
      ? versionEntryCodec.readMaybe(await table.get(keys.versionEntry(id, number)))
      : undefined;
  if (!entry) throw unknownObject('version', String(number));
  if (entry.rankedSince === rankedSince) return undefined;
  const earlier = earlierLeaderboardCodec.readMaybe(
    await table.get(keys.earlierLeaderboard(id, entry.rankedSince)),
  );
  if (!earlier) throw unknownObject('version', String(number));
  return earlier;
}

/**
 * The id of a version by its number.
 *
 * @throws FlowservError 404 for a version that the workflow does not have
 */
export async function versionIdOf(services: Services, workflow: Workflow, number: number): Promise<string> {
  if (number === workflow.number) return workflow.version;
  const entry = await readVersionEntry(services, workflow, number);
  if (!entry) throw unknownObject('version', String(number));
  return entry.id;
}

/** The entry of an installed version, if the workflow has one of this number. */
export async function readVersionEntry(
  { table }: Services,
  workflow: Workflow,
  number: number,
): Promise<VersionEntry | undefined> {
  const isOnly = workflow.number === FIRST_VERSION.number && number === workflow.number;
  if (isOnly) return firstEntry(workflow);
  return versionEntryCodec.readMaybe(await table.get(keys.versionEntry(workflow.id, number)));
}

/** Lists the earlier leaderboards of a workflow. */
export const listEarlierLeaderboards = async (
  { table }: Services,
  workflowId: string,
): Promise<EarlierLeaderboard[]> =>
  (await table.list(keys.earlierLeaderboards(workflowId))).map(earlierLeaderboardCodec.read);
