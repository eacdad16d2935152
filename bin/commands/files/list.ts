import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';
import { FILE_COLUMNS, fileRow } from './file-table.ts';

export const addListFiles: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the uploaded files of a group')
    .addOption(groupOption())
    .addOption(jsonOption())
    .action(async ({ group, json }: GroupChoice & JsonChoice) => {
      const files = await (await cli.client()).files.list(groupId(group, cli.env));
      if (json) return cli.json(files);
      cli.table(FILE_COLUMNS, files.map(fileRow));
    });
};
