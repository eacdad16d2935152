import { actingAs, type OperatorChoice, operatorOption } from '../../session/as-operator.ts';
import type { AddCommand } from '../options.ts';

export const addRestoreRun: AddCommand = (parent, cli) => {
  parent
    .command('restore')
    .description('restore a deleted run with its files and its place on the leaderboard')
    .argument('<run>', 'identifier of the run')
    .addOption(operatorOption())
    .action(async (id: string, { operator }: OperatorChoice) => {
      const acting = await actingAs(cli, { operator });
      await (acting.as === 'operator' ? acting.operator.restoreRun(id) : acting.client.runs.restore(id));
      cli.print(`run ${id} restored.`);
    });
};
