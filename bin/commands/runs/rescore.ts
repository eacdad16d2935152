import { setTimeout as sleep } from 'node:timers/promises';
import type { Rescore } from '../../../shared/api/rescore-answers.ts';
import type { Client } from '../../../shared/client/client.ts';
import type { Cli } from '../../session/cli.ts';
import { workflowId } from '../../session/identifiers.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly allRanked?: true;
  readonly all?: true;
  readonly wait?: true;
}

/** Time between two requests for the progress. */
const INTERVAL_MS = 1000;

const HELP = `
A new run starts for each of them, with the same arguments, by the current version of the workflow. When it succeeds, it
takes the place of the old run on the leaderboard; otherwise the old run keeps its place. The new runs start when no
other run waits, and count against no limit. Runs of the current version are left out unless you name them.

  $ flowserv workflows update -w W points          # the operator fixes the scorer
  $ flowserv runs rescore --all-ranked -w W --wait`;

export const addRescoreRuns: AddCommand = (parent, cli) => {
  parent
    .command('rescore')
    .description('score runs again by the current version of their workflow (owners and organisers)')
    .argument('[runs...]', 'identifiers of runs of one workflow')
    .option('--all-ranked', 'all runs with a result on a leaderboard of the workflow')
    .option('--all', 'all runs that ended as SUCCESS or ERROR')
    .addOption(workflowOption())
    .option('--wait', 'wait for the end; exit 1 if a run could not be scored again')
    .addHelpText('after', HELP)
    .action(async (runs: string[], { workflow, allRanked, all, wait }: Options) => {
      const given = [runs.length > 0, allRanked, all].filter(Boolean).length;
      if (given !== 1) throw new Error('give identifiers of runs, --all-ranked or --all');
      const client = await cli.client();
      const id = runs[0] === undefined ? workflowId(workflow, cli.env) : await workflowOf(client, runs[0]);
      const choice = allRanked ? { ranked: true as const } : all ? { all: true as const } : { runs };
      const request = await client.workflows.rescore(id, choice);
      cli.print(`request ${request.id} of workflow ${id}: ${progressText(request)}`);
      if (wait) await waitForRescore(cli, client, id, request);
    });
};

const workflowOf = async (client: Client, runId: string): Promise<string> =>
  (await client.runs.get(runId)).workflowId;

/** The progress of a request in one line. */
export const progressText = ({ state, total, active, done, failed }: Rescore): string =>
  `${state}; ${done} of ${total} runs done, ${failed} failed, ${active} active`;

/** @throws Error if a run could not be scored again */
async function waitForRescore(cli: Cli, client: Client, id: string, request: Rescore): Promise<void> {
  const line = createLiveLines(cli.errors);
  let current = request;
  while (current.finishedAt === undefined) {
    line.set('rescore', progressText(current));
    await sleep(INTERVAL_MS);
    current = await client.workflows.findRescore(id, request.id, { limit: 1 });
  }
  line.done();
  cli.print(`request ${request.id}: ${progressText(current)}`);
  if (current.failed > 0) {
    throw new Error(
      `${current.failed} runs keep their results; see: flowserv workflows rescores -w ${id} ${request.id}`,
    );
  }
}
