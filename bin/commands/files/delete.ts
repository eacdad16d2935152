import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption } from '../options.ts';

interface Options extends GroupChoice {
  readonly file: string;
  readonly force?: true;
}

export const addDeleteFile: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete an uploaded file')
    .addOption(groupOption())
    .requiredOption('-f, --file <id>', 'identifier of the file')
    .option('--force', 'do not ask')
    .action(async ({ group, file, force }: Options) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      await cli.confirm(`Do you really want to delete file ${file}`, force);
      await client.files.delete(id, file);
      cli.print(`File '${file}' deleted.`);
    });
};
