import { expect, it } from 'vitest';
import { muteLogs } from './mute-logs.ts';
import { runSeed } from './run-seed.ts';

/** Seeds of every test run; `npm run faults` tries others. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

muteLogs();

it('all runs succeed, and all invariants hold, without faults', async () => {
  const { broken, states, trace } = await runSeed(1000, { faults: false });
  expect({ broken, trace, states: Object.keys(states) }).toEqual({
    broken: [],
    trace: [],
    states: ['SUCCESS'],
  });
});

it.each(SEEDS)('all invariants hold after the faults of seed %i', async (seed) => {
  const { broken, trace, runs } = await runSeed(seed);
  // `npm run faults -- --seed` shows the faults of a seed.
  expect(broken).toEqual([]);
  expect(trace.length).toBeGreaterThan(0);
  expect(runs).toBeGreaterThan(0);
});
