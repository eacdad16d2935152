import { join } from 'node:path';
import type { Run } from '../../shared/api/answers.ts';
import { createClient } from '../../shared/client/client.ts';
import { leaderboardTable } from '../commands/workflows/leaderboard-table.ts';
import { followRun } from '../session/follow-run.ts';
import { createOperator } from '../session/operator.ts';
import type { LiveLines } from '../terminal/live-lines.ts';
import { formatTable } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { awaitComparison, enter, type Participant, startGreeting } from './benchmark.ts';

export interface Stage {
  readonly url: string;
  readonly operator: Readonly<Record<string, string>>;
}

/** Prints one line of the story; progress is shown while runs are active. */
export interface Narrator {
  say(line?: string): void;
  readonly live: LiveLines;
}

/** The runs with their expected states: digits are not letters, so the first step rejects one greeting. */
const RUNS = [
  { who: 'alice', greeting: 'Hello', end: 'SUCCESS' },
  { who: 'bob', greeting: 'Welcome back', end: 'SUCCESS' },
  { who: 'bob', greeting: 'R2D2', end: 'ERROR' },
  { who: 'alice', greeting: 'Good morning', end: 'SUCCESS' },
] as const;

/**
 * The whole life of a benchmark: installed by its organiser, entered by two participants, ranked and compared.
 *
 * @param example folder of the hello-world benchmark
 * @throws Error if anything does not go as expected
 */
export async function tellStory({ url, operator }: Stage, example: string, { say, live }: Narrator) {
  const workflow = await createOperator(operator).installWorkflow(example, {});
  say(`The organiser installs the benchmark '${workflow.name}'.`);
  const alice = await enter(url, workflow.id, 'alice', join(example, 'data/friends.txt'));
  const bob = await enter(url, workflow.id, 'bob', join(example, 'data/names.txt'));
  say('alice and bob register, create a group each and upload a list of names.');
  say();
  say(`They start ${RUNS.length} runs:`);
  const failed = await playRuns({ alice, bob }, live);
  say();
  say('One run fails, as it should. Its message:');
  for (const message of failed.messages ?? []) say(indent(message));
  say();

  const visitor = createClient({ url });
  const leaderboard = await visitor.workflows.leaderboard(workflow.id);
  if (leaderboard.ranking.length !== 2) {
    throw new Error(`the leaderboard has ${leaderboard.ranking.length} entries instead of 2`);
  }
  say('The leaderboard, with the best run of each group:');
  const { columns, rows } = leaderboardTable(leaderboard);
  for (const line of formatTable(columns, rows)) say(`  ${line}`);
  say();
  const { paths, csv } = await awaitComparison(visitor, workflow.id, leaderboard);
  say(`Post-processing compared the ranked runs: ${paths.join(', ')}.`);
  say('compare.csv:');
  say(indent(csv));
}

/** Starts all runs, follows them to their ends, and returns the failed one. */
async function playRuns(
  participants: Readonly<Record<'alice' | 'bob', Participant>>,
  live: LiveLines,
): Promise<Run> {
  const runs = await Promise.all(
    RUNS.map(async ({ who, greeting, end }) => {
      const since = Date.now();
      const { client } = participants[who];
      const started = await startGreeting(participants[who], greeting);
      const run = await followRun(client, started, ({ state }) => {
        const time = state === 'PENDING' ? '' : `${((Date.now() - since) / 1000).toFixed(1)} s`;
        const text = `  ${who.padEnd(5)}  ${greeting.padEnd(12)}  ${state.padEnd(7)}`;
        live.set(`${who} ${greeting}`, text, `  ${time}`);
      });
      return { run, expected: end };
    }),
  );
  live.done();
  for (const { run, expected } of runs) {
    if (run.state !== expected) {
      throw new Error(
        `run ${run.id} is ${run.state} instead of ${expected}: ${run.messages?.join(' ') ?? ''}`,
      );
    }
  }
  const failed = runs.find(({ run }) => run.state === 'ERROR');
  if (!failed?.run.messages?.length) throw new Error('the failed run has no message');
  return failed.run;
}

const indent = (text: string) => printable(text.trimEnd()).replace(/^/gm, '  ');
