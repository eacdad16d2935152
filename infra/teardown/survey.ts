import { type CreatedResources, surveyCreated } from '../../shared/teardown/made.ts';
import type { StageNames } from '../../shared/teardown/stage-names.ts';
import type { Clients } from './clients.ts';
import { bucketExists, findTable } from './data.ts';
import { findHolders, type Holder } from './holders.ts';
import { dataResources, findDeletedStack, findLiveStack, type LiveStack } from './stack.ts';

/** Everything that exists of a stage. */
export interface Survey extends CreatedResources {
  readonly stack: LiveStack | undefined;
  /** Holders of the operator's policy; IAM does not delete it while it is attached. */
  readonly holders: readonly Holder[];
  /** Repositories with copies of public images, which ECR created and this command does not delete. */
  readonly repositories: readonly string[];
  /** What could not be looked up, with the reason: deleting the rest does not need it. */
  readonly unknown: readonly string[];
  /** Resources that outlive the stack. */
  readonly buckets: readonly string[];
  readonly tables: readonly string[];
}

/** Looks up everything that belongs to a stage, in its stack or left by a deleted stack. Changes nothing. */
export async function surveyStage(clients: Clients, names: StageNames): Promise<Survey> {
  const { cloudformation, resources } = clients;
  const unknown: string[] = [];
  const attempt = <T>(what: string, found: Promise<T[]>) =>
    found.catch((error: unknown): T[] => {
      unknown.push(`${what} (${error instanceof Error ? error.message : error})`);
      return [];
    });
  const [stack, made, repositories] = await Promise.all([
    findLiveStack(cloudformation, names.stack),
    surveyCreated(clients, names),
    attempt('repositories with copies of images', listRepositories(resources, names)),
  ]);
  const holders = stack
    ? await attempt("who has the operator's policy", findHolders(cloudformation, resources, stack.id))
    : [];
  const data = stack ? await dataOf(clients, stack.id, false) : await findLeftData(clients, names);
  return { stack, holders, repositories, unknown, ...made, ...data };
}

const listRepositories = async ({ list }: Clients['resources'], { copies }: StageNames): Promise<string[]> =>
  (await list('AWS::ECR::Repository'))
    .map(({ identifier }) => identifier)
    .filter((name) => name.startsWith(copies));

/** The buckets and tables that exist. */
export type StageData = Pick<Survey, 'buckets' | 'tables'>;

/** The rest of a deleted stack: of the one with that ARN, or of the last one of the stage. */
export async function findLeftData(
  clients: Clients,
  { stack }: StageNames,
  deleted?: string,
): Promise<StageData> {
  const id = deleted ?? (await findDeletedStack(clients.cloudformation, stack));
  return id === undefined ? { buckets: [], tables: [] } : dataOf(clients, id, true);
}

async function dataOf(
  { cloudformation, s3, dynamodb }: Clients,
  stack: string,
  isDeleted: boolean,
): Promise<StageData> {
  const { buckets, tables } = await dataResources(cloudformation, stack, isDeleted);
  return {
    buckets: await filter(buckets, (bucket) => bucketExists(s3, bucket)),
    tables: await filter(tables, async (table) => (await findTable(dynamodb, table)) !== undefined),
  };
}

async function filter<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const one of all) if (await holds(one)) kept.push(one);
  return kept;
}
