import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption } from '../options.ts';

export const addReadmitGroup: AddCommand = (parent, cli) => {
  parent
    .command('readmit')
    .description('readmit a disqualified group (organisers)')
    .addOption(groupOption())
    .action(async ({ group }: GroupChoice) => {
      const id = groupId(group, cli.env);
      await (await cli.client()).groups.readmit(id);
      cli.print(`group ${id} is not disqualified.`);
    });
};
