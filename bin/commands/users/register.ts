import { askNewPassword } from '../../session/new-password.ts';
import type { AddCommand } from '../options.ts';

interface Options {
  readonly username?: string;
  readonly password?: string;
}

export const addRegisterUser: AddCommand = (parent, cli) => {
  parent
    .command('register')
    .description('create an account')
    .option('-u, --username <name>', 'user name; asked for if absent')
    .option('-p, --password <password>', 'password; asked for if absent, which is safer')
    .action(async ({ username, password }: Options) => {
      const client = await cli.client();
      const name = username ?? (await cli.questions.ask('Username: '));
      const secret = password ?? (await askNewPassword(cli));
      const user = await client.users.register({ username: name, password: secret, verify: false });
      cli.print(`Registered ${user.username} with ID ${user.id}.`);
    });
};
