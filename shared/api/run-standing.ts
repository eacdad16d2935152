import { type Ranks, readRanks } from '../ranking/ranks.ts';
import { type Reason, reasonOf } from '../runs/reason.ts';
import { resultValuesSchema } from '../runs/result.ts';
import { type Run, type RunEntry, runCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import { readWaiting, type Waiting } from '../runs/waiting.ts';
import { reasonNotRanked } from '../runs/warnings.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { resultJson } from '../template/result-json.ts';
import type { ResultSchema } from '../template/result-schema.ts';
import { readVersion } from '../workflows/version.ts';
import { runEntryView } from './views.ts';

/** Active runs of a page whose reasons are read, the newest ones: one request to the table takes 100 keys. */
const MAX_ACTIVE = 100;

/** What runs wait for, and how they rank. Both are absent if no run of the request needs them. */
export interface Standing {
  readonly waiting?: Waiting | undefined;
  readonly ranks?: Ranks | undefined;
}

/** Reads what the handle of a run shows of its place in line and of its rank. */
export async function readStanding(services: Services, run: Run): Promise<Standing> {
  const [waiting, ranks] = await Promise.all([
    readWaiting(services, [run]),
    run.values === undefined ? undefined : readRanks(services, run.workflowId),
  ]);
  return { waiting, ranks };
}

/** The fields of a handle that say why a run has not ended, and how it is ranked. */
export function standingView(run: Run, schema: ResultSchema | undefined, { waiting, ranks }: Standing) {
  const { id, groupId, values, inputs, version, warnings = [] } = run;
  const notRanked = reasonNotRanked(warnings);
  return {
    version,
    ...reasonOf(run, waiting),
    ...(inputs === undefined ? {} : { inputs }),
    ...rankingView({ id, values, notRanked }, groupId, schema, ranks),
  };
}

/**
 * The entries of a list of runs of one group, as its members read them. Costs a constant number of requests: the items
 * of active runs, what they wait for, and the ranks.
 */
export async function runEntryViews(
  services: Services,
  group: { readonly id: string; readonly workflowId: string; readonly version: string },
  entries: readonly RunEntry[],
) {
  const [reasons, ranks, schemas] = await Promise.all([
    readReasons(services, entries),
    entries.some(({ values }) => values !== undefined) ? readRanks(services, group.workflowId) : undefined,
    readSchemas(services, group, entries),
  ]);
  return entries.map((entry) => {
    const { id, inputs, version } = entry;
    return {
      ...runEntryView(entry),
      ...(version === undefined ? {} : { version }),
      ...reasons.get(id),
      ...(inputs === undefined ? {} : { inputs }),
      ...rankingView(entry, group.id, schemas.get(version ?? group.version), ranks),
    };
  });
}

async function readReasons(
  services: Services,
  entries: readonly RunEntry[],
): Promise<ReadonlyMap<string, Reason>> {
  const active = entries.filter(({ state }) => isActive(state)).slice(-MAX_ACTIVE);
  if (active.length === 0) return new Map();
  const items = await services.table.getMany(active.map(({ id }) => keys.run(id)));
  const runs = items.map(runCodec.read);
  const waiting = await readWaiting(services, runs);
  return new Map(
    runs.flatMap((run): [string, Reason][] => {
      const reason = reasonOf(run, waiting);
      return reason ? [[run.id, reason]] : [];
    }),
  );
}

/** The result schemas of the versions with results; they are in memory after the first request. */
async function readSchemas(
  services: Services,
  { workflowId, version }: { readonly workflowId: string; readonly version: string },
  entries: readonly RunEntry[],
): Promise<ReadonlyMap<string, ResultSchema | undefined>> {
  const ranked = entries.filter(({ values }) => values !== undefined);
  const versions = [...new Set(ranked.map((entry) => entry.version ?? version))];
  return new Map(
    await Promise.all(
      versions.map(
        async (id) => [id, (await readVersion(services, workflowId, id)).template.results] as const,
      ),
    ),
  );
}

/** The values of a run in the order of the columns, its rank, and why it has none. */
function rankingView(
  { id, values, notRanked }: Pick<RunEntry, 'id' | 'values' | 'notRanked'>,
  groupId: string | undefined,
  schema: ResultSchema | undefined,
  ranks: Ranks | undefined,
) {
  if (values === undefined || !schema) return notRanked === undefined ? {} : { notRanked };
  const stored = resultValuesSchema.parse(JSON.parse(values));
  const results = schema.columns.map((column) => ({ name: column.name, value: resultJson(column, stored) }));
  const rank = ranks?.ofRuns.get(id);
  const isOther = rank === undefined && groupId !== undefined && ranks?.ofGroups.has(groupId) === true;
  return {
    results,
    ...(rank === undefined ? {} : { rank }),
    ...(isOther ? { notRanked: OTHER_RUN } : {}),
  };
}

/** The default leaderboard has one run of each group: the best one, unless the contest says otherwise. */
const OTHER_RUN = 'the leaderboard shows another run of the group';
