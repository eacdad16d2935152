import type { Run } from '../../shared/runs/run.ts';
import { isActive } from '../../shared/runs/state.ts';
import type { Item } from '../../shared/store/item.ts';
import { type Key, keys } from '../../shared/store/keys.ts';

const nameOf = ({ pk, sk }: Key) => `${pk}/${sk}`;

/** Every ended run has its usage unless it failed when it was created, and the sums of months contain it; they may be higher, because runs may be deleted. */
export function checkUsage(
  { items, runs }: { readonly items: ReadonlyMap<string, Item>; readonly runs: ReadonlyMap<string, Run> },
  report: (fault: string) => void,
): void {
  const counted = new Map<string, number>();
  for (const { id, state, deleting, usage, workflowId, groupId, createdAt, finishedAt } of runs.values()) {
    if (!deleting && !isActive(state) && !usage && createdAt !== finishedAt)
      report(`run ${id} (${state}) has no usage`);
    if (!usage) continue;
    const ofGroup = groupId === undefined ? [] : [keys.groupUsage(workflowId, usage.month, groupId)];
    for (const key of [keys.monthUsage(workflowId, usage.month), ...ofGroup]) {
      counted.set(nameOf(key), (counted.get(nameOf(key)) ?? 0) + 1);
    }
  }
  for (const [name, count] of counted) {
    const sum = Number(items.get(name)?.runs ?? 0);
    if (sum < count) report(`${name} counts ${sum} runs of ${count}`);
  }
  for (const { pk } of items.values()) {
    const id = pk.startsWith('USAGE#') ? pk.slice('USAGE#'.length) : undefined;
    if (id !== undefined && !items.has(nameOf(keys.workflow(id)))) report(`${pk} belongs to no workflow`);
  }
}
