import type { AddCommand } from '../options.ts';

export const addActivateUser: AddCommand = (parent, cli) => {
  parent
    .command('activate')
    .description('let an account be used (operator)')
    .requiredOption('-u, --username <name>', 'user name')
    .action(async ({ username }: { readonly username: string }) => {
      const operator = await cli.operator();
      const user = await operator.activateUser(username);
      cli.print(`Activated ${user.name} with ID ${user.id}.`);
    });
};
