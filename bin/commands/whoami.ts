import { accessToken } from '../session/identifiers.ts';
import { oneLine } from '../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from './options.ts';

export const addWhoami: AddCommand = (parent, cli) => {
  parent
    .command('whoami')
    .description('show who is logged in')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      accessToken(cli.env);
      const user = await (await cli.client()).users.whoami();
      if (json) return cli.json(user);
      cli.print(`Logged in as ${user.username}.`);
      if (!user.apiToken) return;
      const { id, name, scope } = user.apiToken;
      const where = scope.workflow === undefined ? 'all workflows' : `workflow ${scope.workflow}`;
      cli.print(`API token ${id}, ${oneLine(name)}: ${scope.access}, ${where}.`);
    });
};
