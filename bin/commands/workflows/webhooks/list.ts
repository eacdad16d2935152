import { workflowId } from '../../../session/identifiers.ts';
import type { Column } from '../../../terminal/table.ts';
import { oneLine, shortTime } from '../../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Events', type: 'string' },
  { name: 'State', type: 'string' },
  { name: 'Address', type: 'string' },
];

export const addListWebhooks: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the webhooks of a workflow')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const webhooks = await (await cli.client()).workflows.webhooks(workflowId(workflow, cli.env));
      if (json) return cli.json(webhooks);
      const rows = webhooks.map(({ id, events, url, ...health }) => [
        id,
        events.join(', '),
        stateOf(health),
        oneLine(url),
      ]);
      cli.table(COLUMNS, rows);
    });
};

interface Health {
  readonly failing?: { readonly since: string } | undefined;
  readonly disabled?: { readonly since: string; readonly reason: string } | undefined;
}

function stateOf({ failing, disabled }: Health): string {
  if (disabled) return `off since ${shortTime(disabled.since)}: ${disabled.reason}`;
  return failing ? `fails since ${shortTime(failing.since)}` : 'on';
}
