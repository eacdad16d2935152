import type { AddCommand } from '../options.ts';

export const addResetPassword: AddCommand = (parent, cli) => {
  parent
    .command('reset-password')
    .description('open a password reset for a user and print the id that resets it (operator)')
    .requiredOption('-u, --username <name>', 'user name')
    .action(async ({ username }: { readonly username: string }) => {
      const operator = await cli.operator();
      cli.print(await operator.openPasswordReset(username));
    });
};
