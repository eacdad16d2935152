import { actingAs, type OperatorChoice, operatorOption } from '../../session/as-operator.ts';
import { groupId } from '../../session/identifiers.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type GroupChoice, groupOption } from '../options.ts';

export const addRestoreGroup: AddCommand = (parent, cli) => {
  parent
    .command('restore')
    .description('restore a deleted group with its files and runs')
    .addOption(groupOption())
    .addOption(operatorOption())
    .action(async ({ group, operator }: GroupChoice & OperatorChoice) => {
      const id = groupId(group, cli.env);
      const acting = await actingAs(cli, { operator });
      const restored = await (acting.as === 'operator'
        ? acting.operator.restoreGroup(id)
        : acting.client.groups.restore(id));
      cli.print(`group ${id} '${oneLine(restored.name)}' restored.`);
    });
};
