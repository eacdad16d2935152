import { Option } from 'commander';
import { accountStates } from '../../../shared/users/states.ts';
import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

type Options = JsonChoice & {
  readonly query?: string;
  readonly all?: true;
  readonly state?: (typeof accountStates)[number];
};

const text = (name: string): Column => ({ name, type: 'string' });

export const addListUsers: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list users')
    .option('-q, --query <prefix>', 'only users whose name begins with it')
    .option('-a, --all', 'all accounts with their states (operator)')
    .addOption(new Option('-s, --state <state>', 'accounts in one state (operator)').choices(accountStates))
    .addOption(jsonOption())
    .action(async ({ query, all, state, json }: Options) => {
      if (!all && !state) {
        const users = await (await cli.client()).users.list(query);
        if (json) return cli.json(users);
        return cli.table(
          [text('Name'), text('ID')],
          users.map(({ username, id }) => [username, id]),
        );
      }
      const accounts = (await (await cli.operator()).listUsers(state))
        .map(({ id, name: username, state: is }) => ({ id, username, state: is }))
        .filter(({ username }) => username.toLowerCase().startsWith((query ?? '').toLowerCase()));
      if (json) return cli.json(accounts);
      const rows = accounts.map(({ username, id, state: is }) => [username, id, is]);
      cli.table([text('Name'), text('ID'), text('State')], rows);
    });
};
