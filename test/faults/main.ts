/**
 * `npm run faults`: runs seeds of the fault harness, see `README.md` in this folder.
 *
 * - `--seeds N` runs N seeds, 20 by default, from the seed `--from`;
 * - `--seed S` runs one seed again, with the same faults at the same times, and prints them;
 * - `--verbose` prints the log of the functions as well.
 */
import { parseArgs } from 'node:util';
import { keepTemporaryFilesInMemory } from '../memory-folder.ts';
import { runSeed, type SeedReport } from './run-seed.ts';

/** Lines of the trace that are printed for a seed that failed. */
const SHOWN_FAULTS = 200;
/** Seeds between two lines of progress. */
const PROGRESS_EVERY = 5;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
keepTemporaryFilesInMemory();
if (!values.verbose) process.stderr.write = () => true;

const begun = performance.now();
const failed: number[] = [];
const totals: Record<string, number> = {};
for (let seed = first; seed < first + count; seed += 1) {
  const report = await runSeed(seed);
  add(totals, { ...report.states, runs: report.runs, faults: report.trace.length });
  if (report.broken.length > 0) {
    failed.push(seed);
    print(report);
  } else if (values.seed !== undefined) {
    print(report);
  }
  const done = seed - first + 1;
  if (done % PROGRESS_EVERY === 0) {
    const seconds = (performance.now() - begun) / 1000;
    const cpu = process.cpuUsage().user / 1e6;
    say(
      `${done} of ${count} seeds, ${failed.length} failed, ${(seconds / done).toFixed(2)} s each, ${(cpu / done).toFixed(2)} s of the processor`,
    );
  }
}
say(JSON.stringify(totals));
say(failed.length === 0 ? `all ${count} seeds hold` : `seeds ${failed.join(', ')} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

function print({ seed, broken, trace, digest, states, functionCalls, awsCalls }: SeedReport): void {
  const counts = Object.entries(states).map(([state, number]) => `${number} ${state}`);
  say(
    `seed ${seed}: ${counts.join(', ')}; ${functionCalls} calls of functions, ${awsCalls} of AWS; ${digest}`,
  );
  const hidden = trace.length - SHOWN_FAULTS;
  if (hidden > 0) say(`  … ${hidden} earlier faults`);
  for (const line of trace.slice(-SHOWN_FAULTS)) say(`  ${line}`);
  if (broken.length > 0) say(`seed ${seed} broke:`);
  for (const line of broken) say(`  ${line}`);
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + value;
}
