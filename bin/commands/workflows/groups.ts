import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
];

export const addListWorkflowGroups: AddCommand = (parent, cli) => {
  parent
    .command('groups')
    .description('list the groups of all users in a workflow (owners, organisers and viewers)')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const groups = await (await cli.client()).workflows.allGroups(workflowId(workflow, cli.env));
      if (json) return cli.json(groups);
      cli.table(
        COLUMNS,
        groups.map(({ id, name }) => [id, name]),
      );
    });
};
