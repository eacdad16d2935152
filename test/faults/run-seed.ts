import { createHash } from 'node:crypto';
import { createHistory } from './history.ts';
import { invariants, type Outcome } from './invariants.ts';
import { CAPACITY, participate, prepareContest, scoreOf } from './scenario.ts';
import type { AwsOptions } from './world/aws.ts';
import { openWorld, type World } from './world/world.ts';

/** What one seed showed. */
export interface SeedReport {
  readonly seed: number;
  /** One line for each broken invariant, and one for each difference. */
  readonly broken: readonly string[];
  /** The faults, in their order. */
  readonly trace: readonly string[];
  /** Identifies everything that happened: the same for the same seed. */
  readonly digest: string;
  readonly runs: number;
  readonly states: Readonly<Record<string, number>>;
  readonly functionCalls: number;
  readonly awsCalls: number;
}

/** Sweeps after the last fault. */
const SWEEPS = 2;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Participants that are not done by then wait for something that never comes. */
const LONGEST_MS = 3 * HOUR_MS;

let warmed: Promise<unknown> | undefined;

/** Runs the scenario once per process without faults: code that loads modules takes longer, and would happen later. */
export async function warmUp(): Promise<void> {
  warmed ??= playSeed(0, { faults: false });
  await warmed;
}

/**
 * Runs the scenario with the faults of a seed, lets two sweeps repair what they left, and checks all invariants.
 */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  await warmUp();
  return playSeed(seed, options);
}

export interface SeedOptions extends Pick<AwsOptions, 'plant'> {
  /** False for none; true by default. */
  readonly faults?: boolean;
  /** Called before the invariants are checked, so that a test can break them. */
  readonly tamper?: (outcome: Outcome) => Promise<void>;
}

async function playSeed(seed: number, { plant, tamper, faults = true }: SeedOptions): Promise<SeedReport> {
  const world: World = await openWorld({
    seed,
    // Deleted runs must leave nothing at the end.
    env: { FLOWSERV_CAPACITY: String(CAPACITY), FLOWSERV_KEEP_DELETED_DAYS: '0' },
    plant,
    stepOf: (ticket) => stepOf(world, ticket),
  });
  const { simulation, plan } = world;
  const history = createHistory(simulation.now);
  try {
    const scenario = await world.drive(() => prepareContest(world));
    world.begin(history, faults);
    await world.drive(() => participate(world, scenario), LONGEST_MS);
    plan.stop();
    world.triggers.stopSchedules();
    for (let sweep = 1; sweep <= SWEEPS; sweep += 1) {
      await simulation.run(simulation.now() + HOUR_MS);
      await world.drive(() => world.triggers.callAsync('sweep'), HOUR_MS);
      await world.drive(() => world.triggers.callAsync('dispatch'), HOUR_MS);
      await simulation.run(simulation.now() + HOUR_MS);
    }
    await world.drive(async () => tamper?.({ world, scenario, history }), HOUR_MS);
    const broken: string[] = [];
    for (const [name, check] of Object.entries(invariants)) {
      const differences = await world.drive(async () => check({ world, scenario, history }), HOUR_MS);
      if (differences.length > 0) broken.push(name, ...differences.map((line) => `  ${line}`));
    }
    const runs = [...history.runs.values()];
    const states: Record<string, number> = {};
    for (const { states: all } of runs) {
      const state = all.at(-1)?.state ?? 'none';
      states[state] = (states[state] ?? 0) + 1;
    }
    const seen = JSON.stringify([plan.trace, runs, world.awsCalls(), world.functionCalls()]);
    return {
      seed,
      broken,
      trace: plan.trace,
      digest: createHash('sha256').update(seen).digest('hex').slice(0, 16),
      runs: runs.length,
      states,
      functionCalls: world.functionCalls(),
      awsCalls: world.awsCalls(),
    };
  } finally {
    await world.close();
  }
}

/** How long the step of an attempt takes and how it ends; its result depends on the run alone. */
function stepOf({ simulation, plan }: World, ticket: string) {
  const runId = ticket.slice(0, 32);
  return {
    milliseconds: simulation.between('step', 1_000, 90_000),
    exitCode: plan.stepFails() ? 1 : 0,
    contentOf: (path: string) =>
      path === 'result.json' ? JSON.stringify({ score: scoreOf(runId) }) : `of ${runId}`,
  };
}
