import type { Key } from './keys.ts';
import { tableDefinition } from './table-definition.ts';

/** The list of a workflow's runs of all groups by time: a partition of the index. */
export const runsByTime = (workflowId: string): string => `RUNS#${workflowId}`;

/** Attributes that put the entry of a run in its group's list on the list of its workflow, too. */
export const listedByTime = (
  workflowId: string,
  { createdAt, id }: { readonly createdAt: string; readonly id: string },
) => ({ dueShard: runsByTime(workflowId), dueAt: `${createdAt}#${id}` });

/** The condition, or the filter, that an item is on no list of the index. */
export const isUnlisted = { expression: `attribute_not_exists(#${tableDefinition.dueIndex.partitionKey})` };

/** The id of the group of a run by the key of its entry. */
export const groupIdOf = ({ pk }: Key): string => pk.slice('GROUP#'.length);
