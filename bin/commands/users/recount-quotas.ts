import type { Recount } from '../../../shared/maintenance/recount-quotas.ts';
import type { AddCommand } from '../options.ts';

export const addRecountQuotas: AddCommand = (parent, cli) => {
  parent
    .command('recount-quotas')
    .description('sum up again what all users have used, such as after a restore (operator)')
    .action(async () => {
      const changed = await (await cli.operator()).recountQuotas();
      cli.print(...changed.map(recountLine));
      if (changed.length === 0) cli.print('All counts are right.');
    });
};

/** A sum that was wrong, as a line. */
export const recountLine = ({ key, stored, counted }: Recount): string =>
  `${key.pk.replace('QUOTA#', '')} ${key.sk}: ${stored} -> ${counted}`;
