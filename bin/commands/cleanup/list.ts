import type { Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { beforeTime, type ObsoleteChoice, obsoleteOptions } from './obsolete-options.ts';

const text = (name: string): Column => ({ name, type: 'string' });
const COLUMNS = [text('ID'), text('Submitted at'), text('State')];

/** flowServ command line, administration: `cleanup list`. */
export const addListObsoleteRuns: AddCommand = (parent, cli) => {
  const command = parent
    .command('list')
    .description('list the runs that `cleanup delete` would delete (operator)');
  for (const option of obsoleteOptions()) command.addOption(option);
  command.addOption(jsonOption()).action(async ({ before, state, json }: ObsoleteChoice & JsonChoice) => {
    const time = await beforeTime(cli, before);
    const runs = await (await cli.operator()).obsoleteRuns(time, state);
    if (json) return cli.json(runs.map(({ id, createdAt, state: at }) => ({ id, createdAt, state: at })));
    cli.table(
      COLUMNS,
      runs.map(({ id, createdAt, state: at }) => [id, shortTime(createdAt), at]),
    );
  });
};
