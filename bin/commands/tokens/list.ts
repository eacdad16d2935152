import { accessToken } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Access', type: 'string' },
  { name: 'Workflow', type: 'string' },
  { name: 'Expires', type: 'string' },
  { name: 'Last used', type: 'string' },
  { name: 'State', type: 'string' },
];

export const addListTokens: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list your API tokens')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      accessToken(cli.env);
      const tokens = await (await cli.client()).tokens.list();
      if (json) return cli.json(tokens);
      const rows = tokens.map(({ id, name, scope, expires, lastUsedOn, active }) => [
        id,
        name,
        scope.access,
        scope.workflow ?? 'all',
        expires.slice(0, 10),
        lastUsedOn ?? 'never',
        active ? 'active' : 'ended',
      ]);
      cli.table(COLUMNS, rows);
    });
};
