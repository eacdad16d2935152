import { InvalidArgumentError } from 'commander';
import type { UsageListing } from '../../../shared/api/cost-answers.ts';
import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine, usdText } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

type Budget = NonNullable<UsageListing['budget']>;

interface Options extends WorkflowChoice, JsonChoice {
  readonly month?: string;
}

const column = (name: string): Column => ({ name, type: 'string' });
const SUMS: readonly Column[] = [
  { name: 'Runs', type: 'int' },
  { name: 'Seconds of tasks', type: 'int' },
  { name: 'Seconds of vCPUs', type: 'int' },
  { name: 'USD', type: 'float' },
];

export const addWorkflowUsage: AddCommand = (parent, cli) => {
  parent
    .command('usage')
    .description('show what the ended runs of a workflow used and cost (owners, organisers and viewers)')
    .addOption(workflowOption())
    .option('-m, --month <month>', 'the groups in this month (UTC), such as 2026-12', monthOption)
    .addOption(jsonOption())
    .action(async ({ workflow, month, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const entries = await workflows.usage(id, month);
      if (json) return cli.json(entries);
      const columns = month === undefined ? [column('Month')] : [column('Group'), column('ID')];
      cli.table(
        [...columns, ...SUMS],
        entries.map((entry) => {
          const { group, runs, taskSeconds, vcpuSeconds, usd } = entry;
          const first = group === undefined ? [entry.month] : [oneLine(group.name ?? '(deleted)'), group.id];
          return [...first, runs, taskSeconds, vcpuSeconds, usdText(usd)];
        }),
      );
      const budget = await workflows.budget(id);
      if (budget) cli.note(budgetText(budget));
    });
};

const RULES = { wait: 'new runs wait', refuse: 'new runs are refused' } as const;

function budgetText({ month, usd, usedUsd, whenReached, isReached }: Budget): string {
  const text = `${usdText(usedUsd)} of ${usdText(usd)} USD of the budget of ${month} are used`;
  return isReached ? `${text}: ${RULES[whenReached]}` : text;
}

function monthOption(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError('Write a month such as 2026-12.');
}
