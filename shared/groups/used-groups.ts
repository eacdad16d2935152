import { uploadReservation } from '../quotas/contest.ts';
import { usageCodec, usageKey } from '../quotas/quota.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { groupEntryCodec } from './group.ts';

/** A group with the bytes of its uploads. */
interface UsedGroup {
  readonly group: { readonly id: string; readonly name: string };
  readonly uploadBytes: number;
}

/** Reads names and uploads of groups by their ids; a group that was purged is absent. */
export async function readUsedGroups(
  { table }: Services,
  workflowId: string,
  used: readonly { readonly groupId?: string | undefined }[],
): Promise<ReadonlyMap<string | undefined, UsedGroup>> {
  const ids = used.flatMap(({ groupId }) => groupId ?? []);
  const bytesOf = (id: string) => usageKey(uploadReservation({ id }, 0));
  const [entries, sums] = await Promise.all([
    table.getMany(ids.map((id) => keys.workflowGroup(workflowId, id))),
    table.getMany(ids.map(bytesOf)),
  ]);
  const bytes = new Map(sums.map((item) => [item.pk, usageCodec.read(item).used]));
  return new Map(
    entries.map(groupEntryCodec.read).map(({ id, name }) => {
      const uploadBytes = bytes.get(bytesOf(id).pk) ?? 0;
      return [id, { group: { id, name }, uploadBytes }];
    }),
  );
}
