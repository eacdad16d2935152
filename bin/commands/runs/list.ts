import { Option } from 'commander';
import { type RunState, runStates } from '../../../shared/runs/state.ts';
import { groupId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';

interface Options extends GroupChoice, JsonChoice {
  readonly state?: RunState;
}

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Submitted at', type: 'string' },
  { name: 'State', type: 'string' },
];

/** Only if a run has some. */
const WARNINGS: Column = { name: 'Warnings', type: 'int' };

export const addListRuns: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the runs of a group')
    .addOption(groupOption())
    .addOption(new Option('-s, --state <state>', 'only runs in this state').choices(runStates))
    .addOption(jsonOption())
    .action(async ({ group, state, json }: Options) => {
      const runs = await (await cli.client()).runs.list(groupId(group, cli.env), state);
      if (json) return cli.json(runs);
      const hasWarnings = runs.some(({ warningCount }) => warningCount !== undefined);
      const rows = runs.map(({ id, createdAt, state: at, warningCount }) => [
        id,
        shortTime(createdAt),
        at,
        warningCount ?? null,
      ]);
      cli.table(hasWarnings ? [...COLUMNS, WARNINGS] : COLUMNS, rows);
    });
};
