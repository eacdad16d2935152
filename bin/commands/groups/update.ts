import type { Command } from 'commander';
import { groupId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  type GroupChoice,
  groupOption,
  idList,
  type JsonChoice,
  jsonOption,
} from '../options.ts';
import { printGroup } from './print-group.ts';

interface Options extends GroupChoice, JsonChoice {
  readonly name?: string;
  readonly members?: string[];
}

export const addUpdateGroup: AddCommand = (parent, cli) => {
  parent
    .command('update')
    .description('rename a group or replace its members')
    .addOption(groupOption())
    .option('-n, --name <name>', 'new name')
    .option('-m, --members <ids>', 'all members: user identifiers separated by commas', idList)
    .addOption(jsonOption())
    .action(async ({ group, name, members, json }: Options, command: Command) => {
      if (name === undefined && members === undefined) command.error('error: nothing to update');
      const id = groupId(group, cli.env);
      const updated = await cli.client().groups.update(id, { name, members });
      if (json) cli.json(updated);
      else printGroup(cli, updated);
    });
};
