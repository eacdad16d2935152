import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type QuotaName, quotas, usageCodec, usageKey, windowOf } from './quota.ts';

/** A user's current use of one quota. */
export interface QuotaUse {
  readonly name: QuotaName;
  readonly used: number;
  /** Undefined when the quota has no limit; such a quota is not counted. */
  readonly limit: number | undefined;
}

/** A user's use of all quotas, in their order. */
export async function readUses({ table, config, now }: Services, owner: string): Promise<QuotaUse[]> {
  const items = await table.list(keys.quotas(owner));
  const used = new Map(items.map((item) => [item.sk, usageCodec.read(item).used]));
  return (Object.keys(quotas) as QuotaName[]).map((name) => {
    const { sk } = usageKey({ owner, unit: quotas[name].unit, window: windowOf(name, now()) });
    return { name, used: used.get(sk) ?? 0, limit: config.quotas[name] };
  });
}
