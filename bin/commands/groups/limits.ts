import { groupId } from '../../session/identifiers.ts';
import { limitName } from '../../session/limit-text.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'Limit', type: 'string' },
  { name: 'Maximum', type: 'int' },
  { name: 'Used', type: 'int' },
  { name: 'Left', type: 'int' },
  { name: 'Renews at', type: 'string' },
];

export const addShowLimits: AddCommand = (parent, cli) => {
  parent
    .command('limits')
    .description('show what is left to a group of the limits of its benchmark')
    .addOption(groupOption())
    .addOption(jsonOption())
    .action(async ({ group, json }: GroupChoice & JsonChoice) => {
      const shown = await (await cli.client()).groups.limits(groupId(group, cli.env));
      if (json) return cli.json(shown);
      const { phase } = shown;
      if (phase) cli.note(`phase '${oneLine(phase.name)}' is ${phase.state}`);
      if (shown.limits.length === 0 && !phase) return cli.note('the benchmark has no limits');
      const rows = shown.limits.map(({ limit, used, left, renewsAt = '', ...of }) => [
        ...[limitName(of), limit, used, left, renewsAt],
      ]);
      if (rows.length > 0) cli.table(COLUMNS, rows);
      const { possible, reason = '' } = shown.nextRun;
      cli.note(possible ? 'another run is possible now' : reason);
    });
};
