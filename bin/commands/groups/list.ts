import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Workflow', type: 'string' },
];

export const addListGroups: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list your groups over all workflows')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      const groups = await (await cli.client()).groups.list();
      if (json) return cli.json(groups);
      const rows = groups.map(({ id, name, workflow }) => [id, name, workflow]);
      cli.table(COLUMNS, rows);
    });
};
