import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  csvOption,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';
import { saveCsv } from './save-csv.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly csv?: string;
}

const text = (name: string): Column => ({ name, type: 'string' });
const COLUMNS: readonly Column[] = [
  ...['User', 'Group', 'Joined', 'Role', 'Approval', 'Rules accepted'].map(text),
  { name: 'Runs', type: 'int' },
  text('Last run'),
];

export const addRegistrations: AddCommand = (parent, cli) => {
  parent
    .command('registrations')
    .description('list the users in the groups of a workflow (owners, organisers and viewers)')
    .addOption(workflowOption())
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async ({ workflow, csv, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      if (csv !== undefined) return saveCsv(csv, await workflows.registrationsAsCsv(id));
      const found = await workflows.registrations(id);
      if (json) return cli.json(found);
      const timeOf = (time: string | undefined) => (time === undefined ? '' : shortTime(time));
      const rows = found
        .toSorted((a, b) => a.user.username.localeCompare(b.user.username))
        .map(({ user, group, joinedAt, role = '', approval = '', rulesAcceptedAt, runs, lastRunAt }) => [
          ...[user.username, group.name, timeOf(joinedAt), role, approval, timeOf(rulesAcceptedAt)],
          ...[String(runs), timeOf(lastRunAt)],
        ]);
      cli.table(COLUMNS, rows);
    });
};
