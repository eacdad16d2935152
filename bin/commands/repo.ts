import { readConfig } from '../../shared/config.ts';
import { loadRepository } from '../../shared/sources/repository.ts';
import { oneLine } from '../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from './options.ts';

export const addRepo: AddCommand = (parent, cli) => {
  parent
    .command('repo')
    .description('list the benchmarks of the template repository, which FLOWSERV_REPOSITORY names')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      const entries = await loadRepository(readConfig(cli.env).repository);
      if (json) return cli.json(entries);
      cli.print(...entries.map(({ id, description }) => `${oneLine(id)}\t${oneLine(description)}`));
    });
};
