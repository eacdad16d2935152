import { listWorkflows } from '../../shared/workflows/list.ts';
import { isOwnName, type World } from './world.ts';

/** What was removed, and what could not be removed. */
export interface Cleaning {
  readonly removed: readonly string[];
  readonly left: readonly string[];
}

/**
 * Removes everything that this script created, now or in an interrupted run: it is recognised by its name, which
 * contains the time. Accounts cannot be removed and are disabled. State machines and task definitions stay, as those of
 * every workflow do, since another workflow may share them.
 */
export async function cleanUp(world: Pick<World, 'services' | 'operator' | 'say'>): Promise<Cleaning> {
  const { operator, say } = world;
  const removed: string[] = [];
  const left: string[] = [];
  const attempt = async (what: string, remove: () => Promise<unknown>) => {
    try {
      await remove();
      removed.push(what);
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  for (const id of await ownWorkflows(world)) {
    say(`removing workflow ${id} with its groups and runs`);
    await attempt(`workflow ${id}`, async () => {
      await operator.removeWorkflow(id);
      await operator.purgeWorkflow(id);
    });
  }
  for (const { name, state } of await operator.listUsers()) {
    if (!isOwnName(name, new Date()) || state === 'disabled') continue;
    await attempt(`account ${name} (disabled)`, () => operator.changeUser(name, 'disable'));
  }
  return { removed, left };
}

async function ownWorkflows({ services }: Pick<World, 'services'>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listWorkflows(services, cursor === undefined ? {} : { cursor });
    // The id of a workflow that is installed here is also its name.
    const own = page.entries.filter(({ id, name }) => name === id && isOwnName(id, new Date()));
    found.push(...own.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}
