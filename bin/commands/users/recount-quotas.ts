import type { Recount } from '../../../shared/maintenance/recount-quotas.ts';
import type { AddCommand } from '../options.ts';

export const addRecountQuotas: AddCommand = (parent, cli) => {
  parent
    .command('recount-quotas')
    .description('recount the quota use of all users, such as after a restore (operator)')
    .action(async () => {
      const changed = await (await cli.operator()).recountQuotas();
      cli.print(...changed.map(recountLine));
      if (changed.length === 0) cli.print('All counts are correct.');
    });
};

/** A wrong sum as a line. */
export const recountLine = ({ key, stored, counted }: Recount): string =>
  `${key.pk.replace('QUOTA#', '')} ${key.sk}: ${stored} -> ${counted}`;
