import { workflowId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  csvOption,
  type JsonChoice,
  jsonOption,
  versionOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';
import { leaderboardTable } from './leaderboard-table.ts';
import { saveCsv } from './save-csv.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly all?: true;
  readonly orderBy?: string;
  readonly ofVersion?: number;
  readonly phase?: string;
  readonly csv?: string;
}

export const addRanking: AddCommand = (parent, cli) => {
  parent
    .command('ranking')
    .description('show the leaderboard')
    .addOption(workflowOption())
    .option('-a, --all', 'all runs, not only the best one of each group')
    .option('--order-by <columns>', 'different order, such as `avg_count:desc,max_len:asc`')
    .addOption(versionOption('leaderboard of an earlier version of the workflow'))
    .option('--phase <id>', 'leaderboard of a phase: by default the open one, or the one that closed last')
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async ({ workflow, all, orderBy, ofVersion: version, phase, csv, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const query = { orderBy, includeAll: all, version, phase };
      if (csv !== undefined) return saveCsv(csv, await workflows.leaderboardAsCsv(id, query));
      const leaderboard = await workflows.leaderboard(id, query);
      if (json) return cli.json(leaderboard);
      if (leaderboard.hidden) return cli.note('the rules of the benchmark hide this leaderboard from you');
      const { columns, rows } = leaderboardTable(leaderboard);
      cli.table(columns, rows);
    });
};
