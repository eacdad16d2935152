import { variables } from '../session/identifiers.ts';
import { exportLine } from '../terminal/text.ts';
import type { AddCommand } from './options.ts';

interface Options {
  readonly username?: string;
  readonly password?: string;
}

export const addLogin: AddCommand = (parent, cli) => {
  parent
    .command('login')
    .description('log in; use it as `eval $(flowserv login)`')
    .option('-u, --username <name>', 'user name; asked for if absent')
    .option('-p, --password <password>', 'password; asked for if absent, which is safer')
    .action(async ({ username, password }: Options) => {
      const client = await cli.client();
      const name = username ?? (await cli.questions.ask('Username: '));
      const secret = password ?? (await cli.questions.askHidden('Password: '));
      const { token } = await client.users.login(name, secret);
      cli.print(exportLine(variables.token, token));
    });
};
