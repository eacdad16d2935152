import type { AddCommand } from './options.ts';
import { recountLine } from './users/recount-quotas.ts';

export const addReindex: AddCommand = (parent, cli) => {
  parent
    .command('reindex')
    .description(
      'rebuild derived data after a restore: leaderboards, lists of runs and sums of quotas (operator)',
    )
    .action(async () => {
      const operator = await cli.operator();
      for (const { id, stored, counted } of await operator.rebuildLeaderboards()) {
        const results = stored === counted ? `${counted} results` : `results: ${stored} -> ${counted}`;
        cli.print(`workflow ${id}: leaderboard is being rebuilt, ${results}`);
      }
      for (const { id, listed } of await operator.listAllRuns()) {
        if (listed > 0) cli.print(`workflow ${id}: ${listed} runs were not on its list by time`);
      }
      const sums = await operator.recountQuotas();
      cli.print(...sums.map(recountLine), `${sums.length} sums of quotas were wrong.`);
    });
};
