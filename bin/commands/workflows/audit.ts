import { auditView } from '../../../shared/api/views.ts';
import { actingAs, type OperatorChoice, operatorOption } from '../../session/as-operator.ts';
import { workflowId } from '../../session/identifiers.ts';
import { distinctNames } from '../../terminal/distinct-names.ts';
import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  limitOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

interface Options extends WorkflowChoice, OperatorChoice, JsonChoice {
  readonly limit: number;
}

const COLUMNS: readonly Column[] = [
  { name: 'Time', type: 'string' },
  { name: 'Who', type: 'string' },
  { name: 'Token', type: 'string' },
  { name: 'Action', type: 'string' },
  { name: 'Object', type: 'string' },
  { name: 'Detail', type: 'string' },
];

export const addWorkflowAudit: AddCommand = (parent, cli) => {
  parent
    .command('audit')
    .description('show who did what with the rights of a role or of the operator, the newest first')
    .addOption(workflowOption())
    .addOption(limitOption('entries').default(50))
    .addOption(operatorOption())
    .addOption(jsonOption())
    .action(async ({ workflow, limit, operator, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const acting = await actingAs(cli, { operator });
      const found =
        acting.as === 'operator'
          ? (await acting.operator.readAudit(id, limit)).map((entry) => auditView(entry, true))
          : (await acting.client.workflows.audit(id, { limit })).entries;
      if (json) return cli.json(found);
      const users = found.flatMap(({ user }) => (user ? [{ id: user.id, name: user.username }] : []));
      const nameOf = distinctNames(users);
      const rows = found.map(({ at, user, token, action, object, detail }) => [
        shortTime(at),
        // A user may be named `operator`.
        user
          ? `user ${nameOf({ id: user.id, name: user.username })}`
          : action === 'budget.alert'
            ? 'stage'
            : 'operator',
        token ?? '',
        action,
        object.name ?? object.id,
        detail ?? '',
      ]);
      cli.table(COLUMNS, rows);
    });
};
