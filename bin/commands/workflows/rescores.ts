import type { Client } from '../../../shared/client/client.ts';
import { allPages } from '../../../shared/client/organiser-methods.ts';
import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine, shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';
import { progressText } from '../runs/rescore.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly cancel?: true;
}

const text = (name: string): Column => ({ name, type: 'string' });
const REQUESTS = ['ID', 'Requested at', 'By', 'Runs', 'State'].map(text);
const RUNS = ['Run', 'State', 'Scored again by', 'Reason'].map(text);

export const addRescores: AddCommand = (parent, cli) => {
  parent
    .command('rescores')
    .description('list the requests to score runs again, show one with its runs, or cancel one')
    .argument('[request]', 'identifier of a request')
    .addOption(workflowOption())
    .option('--cancel', 'cancel the request; what was ranked stays')
    .addOption(jsonOption())
    .action(async (request: string | undefined, { workflow, cancel, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const client = await cli.client();
      if (request === undefined) {
        if (cancel) throw new Error('give the identifier of the request to cancel');
        const { rescores } = await client.workflows.rescores(id);
        if (json) return cli.json(rescores);
        const rows = rescores.map((entry) => [
          entry.id,
          shortTime(entry.createdAt),
          oneLine(entry.user.username),
          entry.scope,
          progressText(entry),
        ]);
        return cli.table(REQUESTS, rows);
      }
      if (cancel) {
        await client.workflows.cancelRescore(id, request);
        return cli.print(`request ${request} canceled.`);
      }
      const { found, runs } = await readRequest(client, id, request);
      if (json) return cli.json({ ...found, runs });
      cli.print(`request ${request}: ${progressText(found)}`);
      cli.table(
        RUNS,
        runs.map(({ id: run, state, rescoredBy = '', reason = '' }) => [
          run,
          state,
          rescoredBy,
          oneLine(reason),
        ]),
      );
    });
};

/** A request with all pages of its runs. */
async function readRequest(client: Client, id: string, request: string) {
  const {
    runs: _runs,
    nextCursor: _next,
    ...found
  } = await client.workflows.findRescore(id, request, { limit: 1 });
  const runs = await allPages(async (cursor) => {
    const page = await client.workflows.findRescore(id, request, cursor === undefined ? {} : { cursor });
    return { entries: page.runs, nextCursor: page.nextCursor };
  });
  return { found, runs };
}
