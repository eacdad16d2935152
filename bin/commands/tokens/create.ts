import { InvalidArgumentError, Option } from 'commander';
import { type TokenAccess, tokenAccess } from '../../../shared/users/token-access.ts';
import { accessToken } from '../../session/identifiers.ts';
import type { AddCommand } from '../options.ts';

interface Options {
  readonly access: TokenAccess;
  readonly workflow?: string;
  readonly days: number;
}

const HELP = `
read changes nothing; submit acts as a participant, without your roles; organise may do both, and what
your roles permit. No token can manage tokens, members of workflows, sessions or accounts. Send it as
the header api_key, or set FLOWSERV_ACCESS_TOKEN to it.

  $ export FLOWSERV_ACCESS_TOKEN=$(flowserv tokens create CI --access submit -w hello --days 30)`;

export const addCreateToken: AddCommand = (parent, cli) => {
  parent
    .command('create')
    .description('create an API token for a program, and print it once')
    .argument('<name>', 'name that tells your tokens apart')
    .addOption(
      new Option('-a, --access <access>', 'what it may do').choices(tokenAccess).makeOptionMandatory(),
    )
    .option('-w, --workflow <id>', 'the only workflow that it reaches; all if absent')
    .option('--days <number>', 'days until it expires, at most 366', wholeDays, 90)
    .addHelpText('after', HELP)
    .action(async (name: string, { access, workflow, days }: Options) => {
      accessToken(cli.env);
      const expires = new Date(Date.now() + days * 86_400_000).toISOString();
      const scope = { access, ...(workflow === undefined ? {} : { workflow }) };
      const { id, token } = await (await cli.client()).tokens.create({ name, expires, scope });
      cli.note(`Token ${id} expires on ${expires.slice(0, 10)}. It is not shown again.`);
      cli.print(token);
    });
};

function wholeDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 366) return days;
  throw new InvalidArgumentError('Write a number from 1 to 366.');
}
