import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';
import { printGroup } from './print-group.ts';

export const addShowGroup: AddCommand = (parent, cli) => {
  parent
    .command('show')
    .description('show a group with its uploaded files')
    .addOption(groupOption())
    .addOption(jsonOption())
    .action(async ({ group, json }: GroupChoice & JsonChoice) => {
      const handle = await (await cli.client()).groups.get(groupId(group, cli.env));
      if (json) cli.json(handle);
      else printGroup(cli, handle);
    });
};
