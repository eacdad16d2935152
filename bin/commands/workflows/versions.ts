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

const COLUMNS: readonly Column[] = [
  { name: 'Version', type: 'int' },
  { name: 'Time', type: 'string' },
  { name: 'Leaderboard', type: 'int' },
  { name: 'Who', type: 'string' },
  { name: 'Changes', type: 'string' },
];

export const addWorkflowVersions: AddCommand = (parent, cli) => {
  parent
    .command('versions')
    .description('show the versions of a workflow and what changed with each, the newest first')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const id = workflowId(workflow, cli.env);
      const { versions } = await (await cli.client()).workflows.versions(id);
      if (json) return cli.json(versions);
      const rows = versions.map(({ number, createdAt, rankedSince, user, changes }) => [
        number,
        shortTime(createdAt),
        rankedSince,
        user?.username ?? '',
        changes.map(oneLine).join(' '),
      ]);
      cli.table(COLUMNS, rows);
    });
};
