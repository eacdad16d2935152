import type { Resources } from '../account-resources.ts';
import { nameIn, type WantedName } from './wanted-names.ts';

/** Maximum number of concurrent calls: a stack has about forty fixed names, and Cloud Control throttles. */
const AT_ONCE = 5;

const POLICY = 'AWS::CloudFront::ResponseHeadersPolicy';

/** Returns the names that resources of the account use. */
export async function takenNames(resources: Resources, wanted: readonly WantedName[]): Promise<WantedName[]> {
  const listed = wanted.filter(({ identifier }) => identifier === undefined);
  const [found, policies] = await Promise.all([
    inTurns(wanted, async (name) =>
      name.identifier !== undefined && (await resources.find(name.type, name.identifier)) !== undefined
        ? [name]
        : [],
    ),
    listed.length === 0 ? new Set<unknown>() : policyNames(resources),
  ]);
  return [...found, ...listed.filter(({ name }) => policies.has(name))];
}

/** Names of the account's response headers policies; the list may contain only their ids. */
async function policyNames(resources: Resources): Promise<Set<unknown>> {
  const nameOf = (properties: unknown) => nameIn(properties, ['ResponseHeadersPolicyConfig', 'Name']);
  const names = await inTurns(await resources.list(POLICY), async ({ identifier, properties }) => [
    nameOf(properties) ?? nameOf(await resources.find(POLICY, identifier)),
  ]);
  return new Set(names);
}

/**
 * Calls `ask` for each item, with at most AT_ONCE concurrent calls, and returns the results in the order of the items.
 */
async function inTurns<T, R>(all: readonly T[], ask: (one: T) => Promise<readonly R[]>): Promise<R[]> {
  const responses: (readonly R[])[] = [];
  const queue = all.entries();
  const work = async () => {
    for (const [index, one] of queue) responses[index] = await ask(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return responses.flat();
}
