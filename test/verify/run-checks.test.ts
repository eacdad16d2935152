import { describe, expect, it } from 'vitest';
import { type Check, Disproved, Unmet } from '../../bin/verify/check.ts';
import { checks } from '../../bin/verify/checks.ts';
import type { Need } from '../../bin/verify/needs.ts';
import { runCheck } from '../../bin/verify/run-checks.ts';
import type { World } from '../../bin/verify/world.ts';
import { invalid } from '../../shared/errors.ts';

/** A stage without CloudFront. */
const world = {
  target: { lacks: new Map<Need, string>([['cloudfront', 'there is none']]) },
} as unknown as World;

const check = (run: Check['run'], needs: readonly Need[] = []): Check => ({
  id: 'one',
  title: 'a title',
  proves: 'something',
  needs,
  minutes: 0.001,
  run,
});

describe('a check', () => {
  it('that ends passes, with its evidence', async () => {
    const result = await runCheck(
      check(async () => ({ status: 200 })),
      world,
      false,
    );
    expect(result).toMatchObject({ id: 'one', outcome: 'passed', evidence: { status: 200 } });
  });

  it('that disproves its assumption fails, with its evidence', async () => {
    const disproved = check(async () => {
      throw new Disproved('it is not so', { status: 500 });
    });
    const result = await runCheck(disproved, world, false);
    expect(result).toMatchObject({ outcome: 'failed', reason: 'it is not so', evidence: { status: 500 } });
  });

  it('that cannot run is skipped, with the reason', async () => {
    const unmet = check(async () => {
      throw new Unmet('no room');
    });
    expect(await runCheck(unmet, world, false)).toMatchObject({ outcome: 'skipped', reason: 'no room' });
  });

  it('that needs an image that an isolated stage cannot reach is skipped, with the reason', async () => {
    const unreachable = check(async () => {
      throw invalid('image.unreachable', 'no copy here');
    });
    expect(await runCheck(unreachable, world, false)).toMatchObject({
      outcome: 'skipped',
      reason: 'no copy here',
    });
  });

  it('does not run if the stage lacks a requirement', async () => {
    const ran = check(async () => ({}), ['cloudfront']);
    expect(await runCheck(ran, world, true)).toMatchObject({ outcome: 'skipped', reason: 'there is none' });
  });

  it('that takes long runs only if its id is given', async () => {
    const long = check(async () => ({}), ['time']);
    expect(await runCheck(long, world, false)).toMatchObject({
      outcome: 'skipped',
      reason: 'takes long; run it with --only one',
    });
    expect(await runCheck(long, world, true)).toMatchObject({ outcome: 'passed' });
  });

  it('that waits forever fails when its time is over', async () => {
    const waiting = check(() => new Promise(() => {}));
    const result = await runCheck(waiting, world, false);
    expect(result).toMatchObject({ outcome: 'failed', reason: 'did not end within 0.001 minutes' });
  });
});

it('has a unique identifier, and a title and a proof in one sentence', () => {
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  for (const { id, title, proves } of checks) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [title, proves]) expect(text).not.toMatch(/\.$|^[A-Z][a-z]+ly\b|\n/);
  }
});
