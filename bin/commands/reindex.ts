import type { AddCommand } from './options.ts';
import { recountLine } from './users/recount-quotas.ts';

export const addReindex: AddCommand = (parent, cli) => {
  parent
    .command('reindex')
    .description('rebuild derived data after a restore: leaderboards and sums of quotas (operator)')
    .action(async () => {
      const operator = await cli.operator();
      for (const { id, stored, counted } of await operator.rebuildLeaderboards()) {
        const results = stored === counted ? `${counted} results` : `results: ${stored} -> ${counted}`;
        cli.print(`workflow ${id}: leaderboard is being rebuilt, ${results}`);
      }
      const sums = await operator.recountQuotas();
      cli.print(...sums.map(recountLine), `${sums.length} sums of quotas were wrong.`);
    });
};
