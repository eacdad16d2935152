import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'Name', type: 'string' },
  { name: 'ID', type: 'string' },
];

export const addListUsers: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list all users')
    .option('-q, --query <prefix>', 'only users whose name begins so')
    .addOption(jsonOption())
    .action(async ({ query, json }: JsonChoice & { readonly query?: string }) => {
      const users = await cli.client().users.list(query);
      if (json) return cli.json(users);
      const rows = users.map(({ username, id }) => [username, id]);
      cli.table(COLUMNS, rows);
    });
};
