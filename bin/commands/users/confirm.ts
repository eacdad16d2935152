import { askNewPassword } from '../../session/new-password.ts';
import type { AddCommand } from '../options.ts';

interface Options {
  readonly code?: string;
  readonly password?: string;
}

export const addConfirmUser: AddCommand = (parent, cli) => {
  parent
    .command('confirm')
    .description('confirm an account by the mailed id, and choose its password')
    .option('-c, --code <id>', 'mailed id; asked for if absent')
    .option('-p, --password <password>', 'password; asked for if absent, which is safer')
    .action(async ({ code, password }: Options) => {
      const client = await cli.client();
      const id = code ?? (await cli.questions.ask('Mailed id: '));
      const secret = password ?? (await askNewPassword(cli));
      const user = await client.users.activate(id.trim(), secret);
      cli.print(`Confirmed ${user.username} with ID ${user.id}.`);
    });
};
