import { type Check, Disproved, type Evidence, Unmet } from './check.ts';
import type { World } from './world.ts';

/** Result of a check. */
export interface Result extends Pick<Check, 'id' | 'title' | 'proves'> {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped or failed. */
  readonly reason?: string;
  readonly evidence?: Evidence;
  readonly seconds: number;
}

/**
 * Runs one check, unless the stage lacks what it needs.
 *
 * @param isNamed whether `--only` contains its id
 */
export async function runCheck(check: Check, world: World, isNamed: boolean): Promise<Result> {
  const { id, title, proves } = check;
  const since = Date.now();
  const result = (outcome: Result['outcome'], more: Pick<Result, 'reason' | 'evidence'>): Result => ({
    id,
    title,
    proves,
    outcome,
    ...more,
    seconds: Math.round((Date.now() - since) / 100) / 10,
  });
  const reason = lackOf(check, world, isNamed);
  if (reason !== undefined) return result('skipped', { reason });
  try {
    return result('passed', { evidence: await within(check, world) });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (error instanceof Unmet || lacksImage(error)) return result('skipped', { reason: said });
    return result('failed', {
      reason: said,
      ...(error instanceof Disproved ? { evidence: error.evidence } : {}),
    });
  }
}

/** Whether the stage has no route to the internet and no copy of an image. */
const lacksImage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'image.unreachable';

function lackOf({ id, needs }: Check, { target }: World, isNamed: boolean): string | undefined {
  for (const need of needs) {
    if (need === 'time' && !isNamed) return `takes long; run it with --only ${id}`;
    const reason = target.lacks.get(need);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** A check may wait forever: its time is limited here. */
async function within({ minutes, run }: Check, world: World): Promise<Evidence> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new Error(`did not end within ${minutes} minutes`));
  const timer = setTimeout(late, minutes * 60_000);
  try {
    return await Promise.race([run(world), promise]);
  } finally {
    clearTimeout(timer);
  }
}
