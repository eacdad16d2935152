import { Option } from 'commander';
import { type RunSort, runSorts } from '../../../shared/api/run-sort.ts';
import { type RunState, runStates } from '../../../shared/runs/state.ts';
import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  csvOption,
  type JsonChoice,
  jsonOption,
  limitOption,
  versionOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';
import { saveCsv } from './save-csv.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly state?: RunState;
  readonly group?: string;
  readonly ofVersion?: number;
  readonly since?: string;
  readonly csv?: string;
  readonly sort?: RunSort;
  readonly limit?: number;
}

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Group', type: 'string' },
  { name: 'Submitted at', type: 'string' },
  { name: 'State', type: 'string' },
];

export const addListWorkflowRuns: AddCommand = (parent, cli) => {
  parent
    .command('runs')
    .description('list the runs of all groups of a workflow (owners, organisers and viewers)')
    .addOption(workflowOption())
    .addOption(new Option('-s, --state <state>', 'only runs in this state').choices(runStates))
    .option('-g, --group <id>', 'only runs of this group')
    .addOption(versionOption('only runs of this version'))
    .option('--since <time>', 'only runs from this day or time on, such as 2026-12-01')
    .addOption(new Option('--sort <order>', 'order of the list').choices(runSorts).default('newest'))
    .addOption(limitOption('runs').conflicts('csv'))
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(
      async ({ workflow, csv, json, state, group, ofVersion: version, since, sort, limit }: Options) => {
        const id = workflowId(workflow, cli.env);
        const { workflows } = await cli.client();
        const filter = { state, group, version, since, sort };
        if (csv !== undefined) return saveCsv(csv, await workflows.runsAsCsv(id, filter));
        const runs = await workflows.runs(id, filter, limit);
        if (json) return cli.json(runs);
        cli.table(
          COLUMNS,
          runs.map((run) => [run.id, run.group.name, shortTime(run.createdAt), run.state]),
        );
      },
    );
};
