import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'Group', type: 'string' },
  { name: 'Run', type: 'string' },
  { name: 'Decision', type: 'string' },
  { name: 'Since', type: 'string' },
  { name: 'Text', type: 'string' },
];

export const addModeration: AddCommand = (parent, cli) => {
  parent
    .command('moderation')
    .description('show the groups and runs that are disqualified, withdrawn or baselines')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const entries = await (await cli.client()).workflows.moderation(workflowId(workflow, cli.env));
      if (json) return cli.json(entries);
      const rows = entries.flatMap(({ group, run, disqualified, withdrawn, baseline }) => {
        const row = (decision: string, since: string, text = '') => [
          [group.id, run?.id ?? '', decision, shortTime(since), text],
        ];
        return [
          ...(disqualified
            ? row(`disqualified (${disqualified.visibility})`, disqualified.since, disqualified.reason)
            : []),
          ...(withdrawn ? row('withdrawn', withdrawn.since) : []),
          ...(baseline ? row('baseline', baseline.since, baseline.label) : []),
        ];
      });
      cli.table(COLUMNS, rows);
    });
};
