import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type QuotaName, quotas, usageCodec, usageKey, windowOf } from './quota.ts';

/** How much a user has used of one quota now. */
export interface QuotaUse {
  readonly name: QuotaName;
  readonly used: number;
  /** Undefined where there is no limit; such a quota is not counted. */
  readonly limit: number | undefined;
}

/** What a user has used of all quotas, in their order. */
export async function readUses({ table, config, now }: Services, owner: string): Promise<QuotaUse[]> {
  const items = await table.list(keys.quotas(owner));
  const used = new Map(items.map((item) => [item.sk, usageCodec.read(item).used]));
  return (Object.keys(quotas) as QuotaName[]).map((name) => {
    const { sk } = usageKey({ owner, unit: quotas[name].unit, window: windowOf(name, now()) });
    return { name, used: used.get(sk) ?? 0, limit: config.quotas[name] };
  });
}
