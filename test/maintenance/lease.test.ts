import { beforeAll, describe, expect, it } from 'vitest';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { purgeWorkflowNow } from '../../shared/maintenance/purge-at-once.ts';
import type { Services } from '../../shared/services/services.ts';
import { minutesLater } from '../../shared/store/due.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { installTemplate, oneStep, SCORES, start } from '../end-to-end/install-template.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** A purge by the operator that takes longer than its lease, while its identifier is used again. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const FILE = { 'static.txt': 'a static file' };
const install = (id: string) =>
  installTemplate(stack, oneStep(['cat static.txt > result.json'], SCORES), FILE, { id });

const ofWorkflow = (id: string) => ({ kind: 'workflow', id, key: keys.workflow(id) }) as const;

/** Services whose first call of `slow` takes ten minutes by their clock, during which `meanwhile` runs. */
function asleep(slow: 'objects' | 'table', meanwhile: () => Promise<void>): Services {
  const quiet = withoutMessages(stack.services);
  const { table, objects } = quiet;
  let minutes = 0;
  const sleep = async () => {
    if (minutes > 0) return;
    minutes = 10;
    await meanwhile();
  };
  return {
    ...quiet,
    now: () => minutesLater(new Date(), minutes),
    objects: {
      ...objects,
      async removeAll(...call) {
        if (slow === 'objects') await sleep();
        await objects.removeAll(...call);
      },
    },
    table: {
      ...table,
      async *range(...call) {
        if (slow === 'table') await sleep();
        yield* table.range(...call);
      },
    },
  };
}

/** Another worker completes the purge after the end of the lease, and a new workflow takes the identifier. */
async function usedAnew(id: string): Promise<void> {
  const late = { ...withoutMessages(stack.services), now: () => minutesLater(new Date(), 10) };
  while ((await purgeSlice(late, ofWorkflow(id))) === 'more');
  await install(id);
}

async function expectUsable(id: string): Promise<void> {
  const group = await stack.group(id, alice.token, 'New group');
  const { json } = await start(stack, group, alice.token);
  expect((await stack.ended(json.id, alice.token)).state).toBe('SUCCESS');
  expect(await stack.services.table.get(keys.leaderboard(id))).toBeDefined();
}

describe('a purge that outlives its lease', () => {
  it.each(['objects', 'table'] as const)(
    'removes nothing of a new workflow with the same identifier, between two calls of the %s',
    async (slow) => {
      const id = `ANEW_${slow}`;
      await install(id);
      await removeWorkflow(withoutMessages(stack.services), id);
      const services = asleep(slow, () => usedAnew(id));
      expect(await purgeWorkflowNow(services, id)).toBe(true);
      await expectUsable(id);
    },
  );

  it('does not purge the new workflow before its time if that is deleted too', async () => {
    const id = 'AGAIN';
    await install(id);
    await removeWorkflow(withoutMessages(stack.services), id);
    const services = asleep('objects', async () => {
      await usedAnew(id);
      await removeWorkflow(withoutMessages(stack.services), id);
    });
    expect(await purgeWorkflowNow(services, id)).toBe(true);
    const item = await stack.services.table.get(keys.workflow(id));
    expect(item).toMatchObject({ deleting: true });
    expect(item?.purgingUntil).toBeUndefined();
  });

  it('takes its lease again and completes if no other worker has it', async () => {
    const id = 'SLEPT';
    await install(id);
    await removeWorkflow(withoutMessages(stack.services), id);
    expect(
      await purgeWorkflowNow(
        asleep('objects', async () => {}),
        id,
      ),
    ).toBe(true);
    await expect(findWorkflow(stack.services, id)).rejects.toMatchObject({ code: 'workflow.unknown' });
    expect(await stack.services.table.get(keys.workflow(id))).toBeUndefined();
    expect(await purgeWorkflowNow(stack.services, id)).toBe(false);
  });
});
