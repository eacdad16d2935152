import { accessToken } from '../session/identifiers.ts';
import { type AddCommand, type JsonChoice, jsonOption } from './options.ts';

export const addWhoami: AddCommand = (parent, cli) => {
  parent
    .command('whoami')
    .description('show who is logged in')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      accessToken(cli.env);
      const user = await (await cli.client()).users.whoami();
      if (json) cli.json(user);
      else cli.print(`Logged in as ${user.username}.`);
    });
};
