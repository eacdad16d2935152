import type { GroupRun } from '../runs/list-of-groups.ts';
import type { Registration } from '../runs/registrations.ts';
import { runEntryCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readVersion, type WorkflowVersion } from '../workflows/version.ts';
import { csvOf } from './csv.ts';

/** Columns before those of the results. */
const RANKING_COLUMNS = [
  'rank',
  'group',
  'group_id',
  'run_id',
  'created_at',
  'started_at',
  'finished_at',
  'version',
  'phase',
] as const;
const RUN_COLUMNS = [
  'run_id',
  'group',
  'group_id',
  'created_at',
  'state',
  'version',
  'phase',
  'rank',
  'not_ranked',
  'inputs',
] as const;

interface ColumnValue {
  readonly name: string;
  readonly value: unknown;
}

/** A leaderboard as its view shows it. */
interface ShownRanking {
  readonly schema: readonly { readonly name: string }[];
  readonly ranking: readonly {
    readonly rank?: number;
    readonly run: {
      readonly id: string;
      readonly createdAt: string;
      readonly startedAt: string;
      readonly finishedAt: string;
    };
    readonly group: { readonly id: string; readonly name: string };
    readonly results: readonly ColumnValue[];
  }[];
  readonly phase?: string | undefined;
}

/**
 * A page of a leaderboard as CSV: what its view shows, and the number of the workflow's version of each run.
 *
 * @param first position of the first row, from 0
 */
export async function leaderboardCsv(
  services: Services,
  workflowId: string,
  { schema, ranking, phase }: ShownRanking,
  first: number,
): Promise<string> {
  const names = schema.map(({ name }) => name);
  const versions = await versionsOfRuns(services, workflowId, ranking);
  const rows = ranking.map(({ rank, run, group, results }, index) => [
    rank ?? first + index + 1,
    group.name,
    group.id,
    run.id,
    run.createdAt,
    run.startedAt,
    run.finishedAt,
    versions.get(run.id),
    phase,
    ...valuesOf(names, results),
  ]);
  return csvOf([...RANKING_COLUMNS, ...distinct(names, RANKING_COLUMNS)], rows);
}

/** The number of the version by run. */
async function versionsOfRuns(services: Services, workflowId: string, ranking: ShownRanking['ranking']) {
  const items = await services.table.getMany(
    ranking.map(({ run, group }) => keys.runEntry(group.id, run.createdAt, run.id)),
  );
  const versions = new Map<string, Promise<WorkflowVersion>>();
  const numbers = items.map(runEntryCodec.read).map(async ({ id, version }) => {
    if (version === undefined) return [id, undefined] as const;
    const reading = versions.get(version) ?? readVersion(services, workflowId, version);
    versions.set(version, reading);
    return [id, (await reading).number] as const;
  });
  return new Map(await Promise.all(numbers));
}

/** A run of a list as its view shows it. */
type ShownRun = Pick<GroupRun, 'id' | 'state' | 'createdAt'> & {
  readonly group: { readonly id: string; readonly name: string };
  readonly versionNumber?: number;
  readonly phase?: string;
  readonly rank?: number;
  readonly notRanked?: string;
  readonly inputs?: readonly string[];
  readonly results?: readonly ColumnValue[];
};

/**
 * Runs of a workflow as CSV.
 *
 * @param schema names of the columns of the current version; runs of other versions have only values of these
 */
export function runsCsv(runs: readonly ShownRun[], schema: readonly string[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.group.name,
    run.group.id,
    run.createdAt,
    run.state,
    run.versionNumber,
    run.phase,
    run.rank,
    run.notRanked,
    run.inputs?.join(', '),
    ...valuesOf(schema, run.results ?? []),
  ]);
  return csvOf([...RUN_COLUMNS, ...distinct(schema, RUN_COLUMNS)], rows);
}

const REGISTRATION_COLUMNS = [
  ...['user', 'user_id', 'group', 'group_id', 'is_owner', 'joined_at', 'role', 'approval'],
  ...['rules_accepted_at', 'runs', 'last_run_at'],
] as const;

/** The users in the groups of a workflow as CSV. */
export const registrationsCsv = (registrations: readonly Registration[]): string =>
  csvOf(
    REGISTRATION_COLUMNS,
    registrations.map(({ user, group, isOwner, joinedAt, role, approval, acceptedAt, runs, lastRunAt }) => [
      ...[user.name, user.id, group.name, group.id],
      isOwner ? 'yes' : 'no',
      ...[joinedAt, role, approval, acceptedAt, runs, lastRunAt],
    ]),
  );

const valuesOf = (names: readonly string[], results: readonly ColumnValue[]): unknown[] =>
  names.map((name) => results.find((result) => result.name === name)?.value);

/** Names that differ from the others. */
const distinct = (names: readonly string[], others: readonly string[]): string[] =>
  names.map((name) => (others.includes(name) ? `result_${name}` : name));

/** Media types of a header `Accept` that are read. */
const MAX_TYPES = 20;

/**
 * Whether a request asks for CSV: by its `format`, or else by `Accept` if that prefers CSV to JSON (RFC 9110, section
 * 12.5.1).
 */
export function wantsCsv(format: 'csv' | 'json' | undefined, accept = ''): boolean {
  if (format !== undefined) return format === 'csv';
  const types = accept.split(',', MAX_TYPES).map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
    return { type, weight: weight === undefined ? 1 : Number.parseFloat(weight) || 0 };
  });
  const csv = types.find(({ type }) => type === 'text/csv')?.weight ?? 0;
  const json = types.filter(({ type }) => type === 'application/json' || type === 'application/*');
  return csv > 0 && json.every(({ weight }) => weight < csv);
}

/** The query of the next page of a list as CSV. */
export function nextQuery(
  query: Readonly<Record<string, string | number | undefined>>,
  cursor: string | undefined,
): string | undefined {
  if (cursor === undefined) return undefined;
  const next = Object.entries({ ...query, format: 'csv', cursor });
  return new URLSearchParams(
    next.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();
}
