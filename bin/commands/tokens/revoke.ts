import { accessToken } from '../../session/identifiers.ts';
import type { AddCommand } from '../options.ts';

export const addRevokeToken: AddCommand = (parent, cli) => {
  parent
    .command('revoke')
    .description('revoke an API token: it is rejected from now on')
    .argument('<token>', 'id of the token, from `flowserv tokens list`')
    .action(async (id: string) => {
      accessToken(cli.env);
      await (await cli.client()).tokens.revoke(id);
      cli.print(`token ${id} revoked.`);
    });
};
