import { printable } from '../terminal/text.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import { type Cleaning, cleanUp } from './clean-up.ts';
import { countOf, summary, writeReport } from './report.ts';
import { type Result, runCheck } from './run-checks.ts';
import type { Target } from './target.ts';
import { createWorld, type World } from './world.ts';

export interface Verification {
  readonly target: Target;
  /** Ids of the selected checks; if empty, all that do not take long. */
  readonly only: readonly string[];
  /** Folder of the reports. */
  readonly folder: string;
}

const say = (line: string): void => {
  process.stdout.write(`${printable(line)}\n`);
};

/** Returns one line for each check. */
export const listChecks = (): readonly string[] =>
  checks.map(
    ({ id, title, needs }) =>
      `${id.padEnd(20)} ${title}${needs.length > 0 ? ` (needs: ${needs.join(', ')})` : ''}`,
  );

/**
 * Verifies a stage and writes the reports. Removes everything that it created, also when a check fails or the user
 * interrupts it; removes the leftovers of earlier runs first.
 *
 * @returns the exit code: 0 if nothing failed and everything was removed, 1 otherwise
 */
export async function verify({ target, only, folder }: Verification): Promise<number> {
  const wanted = chosen(only);
  const world = createWorld(target, (line) => say(`    ${line}`));
  say(`${target.url}, stage ${target.config.stage} in ${target.config.region}: ${wanted.length} checks`);
  const earlier = await cleanUp(world);
  for (const what of earlier.removed) say(`removed a leftover of an earlier run: ${what}`);
  const notInterrupted = stopOnSignal(world);
  const results: Result[] = [];
  let cleaning: Cleaning;
  try {
    for (const [index, check] of wanted.entries()) {
      say(`[${index + 1}/${wanted.length}] ${check.id}: ${check.title}`);
      const result = await runCheck(check, world, only.length > 0);
      results.push(result);
      say(
        `    ${result.outcome} in ${result.seconds} s${result.reason === undefined ? '' : `: ${result.reason}`}`,
      );
    }
  } finally {
    await notInterrupted();
    cleaning = await cleanUp(world);
    await notInterrupted();
  }
  const paths = writeReport(folder, {
    stage: target.config.stage,
    region: target.config.region,
    url: target.url,
    gateway: target.gateway,
    isLocal: target.isLocal,
    startedAt: world.since.toISOString(),
    finishedAt: new Date().toISOString(),
    results,
    cleaning,
  });
  say(`${summary(results)}; the reports are ${paths.join(' and ')}`);
  for (const what of cleaning.left) say(`left behind: ${what}`);
  return countOf(results, 'failed') > 0 || cleaning.left.length > 0 ? 1 : 0;
}

/** @throws Error that names an unknown id */
function chosen(only: readonly string[]): readonly Check[] {
  if (only.length === 0) return checks;
  const unknown = only.find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) throw new Error(`check '${unknown}' does not exist; --list shows all`);
  return checks.filter(({ id }) => only.includes(id));
}

/**
 * Ctrl-C removes what was created and ends; a second one ends immediately, and the next run removes it.
 *
 * @returns a function whose promise never resolves after an interruption, so that only its exit code counts: the check
 *   that runs fails when its workflow is removed
 */
function stopOnSignal(world: World): () => Promise<void> {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    say('interrupted; removing what was created, Ctrl-C again leaves that to the next run');
    const { left } = await cleanUp(world).catch(() => ({ left: ['everything'] }));
    for (const what of left) say(`left behind: ${what}`);
    process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => (stopping ? new Promise(() => {}) : Promise.resolve());
}
