import { accessToken } from '../session/identifiers.ts';
import type { AddCommand } from './options.ts';

export const addLogout: AddCommand = (parent, cli) => {
  parent
    .command('logout')
    .description('end the session')
    .action(async () => {
      accessToken(cli.env);
      await (await cli.client()).users.logout();
      cli.print('See ya mate!');
    });
};
