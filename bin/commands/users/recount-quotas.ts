import type { AddCommand } from '../options.ts';

export const addRecountQuotas: AddCommand = (parent, cli) => {
  parent
    .command('recount-quotas')
    .description('sum up again what all users have used, such as after a restore (operator)')
    .action(async () => {
      const changed = await (await cli.operator()).recountQuotas();
      for (const { key, stored, counted } of changed) {
        cli.print(`${key.pk.replace('QUOTA#', '')} ${key.sk}: ${stored} -> ${counted}`);
      }
      if (changed.length === 0) cli.print('All counts are right.');
    });
};
