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

/** The newest messages are those of interest; `--json` has as many. */
const SHOWN = 50;

const COLUMNS: readonly Column[] = [
  { name: 'Event', type: 'string' },
  { name: 'Time', type: 'string' },
  { name: 'Run', type: 'string' },
  { name: 'State', type: 'string' },
  { name: 'Attempts', type: 'int' },
  { name: 'Last', type: 'string' },
  { name: 'ID', type: 'string' },
];

export const addListDeliveries: AddCommand = (parent, cli) => {
  parent
    .command('deliveries')
    .description(`show the last ${SHOWN} messages to a webhook, the newest event first`)
    .argument('<id>', 'id of the webhook')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async (id: string, { workflow, json }: WorkflowChoice & JsonChoice) => {
      const { workflows } = await cli.client();
      const options = { limit: SHOWN };
      const { deliveries } = await workflows.deliveries(workflowId(workflow, cli.env), id, options);
      if (json) return cli.json(deliveries);
      const rows = deliveries.map(
        ({ id: delivery, type, at, run, state, attempts, lastAttempt, problem }) => [
          type,
          shortTime(at),
          run?.id ?? '',
          state,
          attempts,
          problem ?? lastAttempt?.problem ?? (lastAttempt ? `status ${lastAttempt.status}` : ''),
          delivery,
        ],
      );
      cli.table(COLUMNS, rows);
    });
};
