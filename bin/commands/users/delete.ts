import type { AddCommand } from '../options.ts';

interface Options {
  readonly password?: string;
  readonly force?: true;
}

const HELP = `
Your sessions, API tokens and password end at once. You leave your groups; a group that has no other member
stays without its name or is deleted with its runs, as its benchmark says. Your user name stays reserved. Export
what is yours before, with \`flowserv users export\`.`;

export const addDeleteAccount: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete your account')
    .option('-p, --password <password>', 'password; asked for if absent, which is safer')
    .option('-f, --force', 'do not ask')
    .addHelpText('after', HELP)
    .action(async ({ password, force }: Options) => {
      const client = await cli.client();
      const { username } = await client.users.whoami();
      await cli.confirm(`Do you really want to delete the account ${username}`, force);
      const secret = password ?? (await cli.questions.askHidden('Password: '));
      await client.users.delete(secret);
      cli.print(`Account '${username}' deleted.`);
    });
};
