import { actingAs, type OperatorChoice, operatorOption } from '../../../session/as-operator.ts';
import { workflowId } from '../../../session/identifiers.ts';
import type { Column } from '../../../terminal/table.ts';
import { shortTime } from '../../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'User', type: 'string' },
  { name: 'Role', type: 'string' },
  { name: 'Since', type: 'string' },
  { name: 'ID', type: 'string' },
];

export const addListMembers: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the owners, organisers and viewers of a workflow')
    .addOption(workflowOption())
    .addOption(operatorOption())
    .addOption(jsonOption())
    .action(async ({ workflow, operator, json }: WorkflowChoice & OperatorChoice & JsonChoice) => {
      const chosen = workflowId(workflow, cli.env);
      const acting = await actingAs(cli, { operator });
      const members =
        acting.as === 'operator'
          ? (await acting.operator.listMembers(chosen)).map(({ name, ...member }) => ({
              ...member,
              username: name,
            }))
          : await acting.client.workflows.members(chosen);
      if (json) return cli.json(members);
      const rows = members.map(({ id, username, role, since }) => [username, role, shortTime(since), id]);
      cli.table(COLUMNS, rows);
    });
};
