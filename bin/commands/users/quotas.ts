import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'Quota', type: 'string' },
  { name: 'Used', type: 'int' },
  { name: 'Limit', type: 'string' },
];

export const addUserQuotas: AddCommand = (parent, cli) => {
  parent
    .command('quotas')
    .description('show how much of the quotas a user has used (operator)')
    .requiredOption('-u, --username <name>', 'user name')
    .addOption(jsonOption())
    .action(async ({ username, json }: JsonChoice & { readonly username: string }) => {
      const uses = await (await cli.operator()).userQuotas(username);
      if (json) return cli.json(uses);
      const rows = uses.map(({ name, used, limit }) => [
        name,
        used,
        limit === undefined ? 'none' : `${limit}`,
      ]);
      cli.table(COLUMNS, rows);
    });
};
