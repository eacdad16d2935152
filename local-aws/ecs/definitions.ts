import * as z from 'zod';
import type { Call } from '../aws/json-protocol.ts';
import type { Arns } from './arns.ts';
import type { StoredDefinition } from './definition-records.ts';
import { clientError, invalidParameter, readInput } from './errors.ts';
import { pageInput, readPosition, writePosition } from './paging.ts';
import type { EcsStore } from './store.ts';
import { parseTaskDefinition } from './task-definition.ts';

const describeInput = z.strictObject({
  taskDefinition: z.string(),
  include: z.array(z.literal('TAGS')).optional(),
});
const deregisterInput = z.strictObject({ taskDefinition: z.string() });
/** Ten per request (ECS API reference, DeleteTaskDefinitions). */
const deleteInput = z.strictObject({ taskDefinitions: z.array(z.string()).min(1).max(10) });
const listInput = z.strictObject({
  familyPrefix: z.string().optional(),
  status: z.enum(['ACTIVE', 'INACTIVE']).default('ACTIVE'),
  sort: z.enum(['ASC', 'DESC']).default('ASC'),
  ...pageInput,
});
const positionSchema = z.object({ family: z.string(), revision: z.int() });

interface Context {
  readonly arns: Arns;
  readonly store: EcsStore;
  readonly accountId: string;
  now(): number;
}

/** The operations on task definitions. */
export function definitionOperations(context: Context) {
  const { arns, store } = context;
  return {
    RegisterTaskDefinition: (input: unknown, call: Call) => register(context, input, call),
    DescribeTaskDefinition(input: unknown) {
      const { taskDefinition, include } = readInput(describeInput, input, invalidParameter);
      const stored = findDefinition(arns, store, taskDefinition);
      if (!stored) throw clientError('Unable to describe task definition.');
      const tags = include ? { tags: stored.definition.tags ?? [] } : {};
      return { taskDefinition: describe(arns, stored), ...tags };
    },
    DeregisterTaskDefinition(input: unknown) {
      const { taskDefinition } = readInput(deregisterInput, input, invalidParameter);
      if (arns.definitionKey(taskDefinition)?.revision === undefined) {
        throw clientError('a revision of the task definition must be named');
      }
      const stored = findDefinition(arns, store, taskDefinition);
      if (!stored) throw clientError('The specified task definition does not exist.');
      if (stored.status !== 'ACTIVE') throw clientError('The specified task definition is inactive.');
      const inactive: StoredDefinition = { ...stored, status: 'INACTIVE', deregisteredAt: context.now() };
      store.putDefinition(inactive);
      return { taskDefinition: describe(arns, inactive) };
    },
    DeleteTaskDefinitions: (input: unknown) => remove(context, input),
    ListTaskDefinitions(input: unknown) {
      const { familyPrefix, status, sort, maxResults, nextToken } = readInput(
        listInput,
        input,
        invalidParameter,
      );
      const rows = store.listDefinitions(
        { family: familyPrefix, status, descending: sort === 'DESC' },
        { after: readPosition(nextToken, positionSchema), limit: maxResults + 1 },
      );
      const page = rows.slice(0, maxResults);
      return {
        taskDefinitionArns: page.map(({ family, revision }) => arns.definition(family, revision)),
        ...writePosition(rows.length > maxResults ? page.at(-1) : undefined),
      };
    },
  };
}

/** @returns a task definition, by default its newest active revision; undefined when it does not exist. */
export function findDefinition(arns: Arns, store: EcsStore, reference: string): StoredDefinition | undefined {
  const key = arns.definitionKey(reference);
  return key && store.getDefinition(key.family, key.revision);
}

/** Only deregistered revisions can be deleted. */
function remove({ arns, store }: Context, input: unknown) {
  const { taskDefinitions } = readInput(deleteInput, input, invalidParameter);
  const outcomes = taskDefinitions.map((reference) => {
    const key = arns.definitionKey(reference);
    const stored = key && store.getDefinition(key.family, key.revision);
    if (key?.revision === undefined || !stored) {
      return { failure: { arn: reference, reason: 'The specified task definition does not exist.' } };
    }
    if (stored.status === 'ACTIVE') {
      const reason = 'The specified task definition is still in ACTIVE status. Please deregister it first.';
      return { failure: { arn: reference, reason } };
    }
    const deleted: StoredDefinition = { ...stored, status: 'DELETE_IN_PROGRESS' };
    store.putDefinition(deleted);
    return { deleted: describe(arns, deleted) };
  });
  return {
    taskDefinitions: outcomes.flatMap(({ deleted }) => deleted ?? []),
    failures: outcomes.flatMap(({ failure }) => failure ?? []),
  };
}

function register({ arns, store, accountId, now }: Context, input: unknown, call: Call) {
  const definition = parseTaskDefinition(input);
  const stored = store.atomically((): StoredDefinition => {
    const next: StoredDefinition = {
      definition,
      revision: store.lastRevision(definition.family) + 1,
      status: 'ACTIVE',
      registeredAt: now(),
      registeredBy: `arn:aws:iam::${accountId}:user/${call.accessKeyId}`,
    };
    store.putDefinition(next);
    return next;
  });
  return { taskDefinition: describe(arns, stored), tags: definition.tags ?? [] };
}

function describe(arns: Arns, stored: StoredDefinition) {
  const { tags: _, ...definition } = stored.definition;
  return {
    ...definition,
    taskDefinitionArn: arns.definition(definition.family, stored.revision),
    revision: stored.revision,
    status: stored.status,
    requiresAttributes: [],
    placementConstraints: [],
    compatibilities: ['EC2', 'FARGATE'],
    registeredAt: stored.registeredAt / 1000,
    registeredBy: stored.registeredBy,
    ...(stored.deregisteredAt === undefined ? {} : { deregisteredAt: stored.deregisteredAt / 1000 }),
  };
}
