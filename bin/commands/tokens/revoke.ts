import { TOKEN_PREFIX } from '../../../shared/users/token-access.ts';
import { accessToken } from '../../session/identifiers.ts';
import type { AddCommand } from '../options.ts';

export const addRevokeToken: AddCommand = (parent, cli) => {
  parent
    .command('revoke')
    .description('revoke an API token: it is rejected from now on')
    .argument('<token>', 'id of the token, from `flowserv tokens list`')
    .action(async (id: string) => {
      accessToken(cli.env);
      // It would be part of the address of the request, which servers and proxies log.
      if (id.startsWith(TOKEN_PREFIX)) {
        throw new Error('that is the token itself; write its id, from `flowserv tokens list`');
      }
      await (await cli.client()).tokens.revoke(id);
      cli.print(`token ${id} revoked.`);
    });
};
