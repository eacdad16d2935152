import { saveDownload } from '../../../shared/client/local-files.ts';
import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption, outputOption } from '../options.ts';

interface Options extends GroupChoice {
  readonly file: string;
  readonly output: string;
}

export const addDownloadFile: AddCommand = (parent, cli) => {
  parent
    .command('download')
    .description('download an uploaded file')
    .addOption(groupOption())
    .requiredOption('-f, --file <id>', 'identifier of the file')
    .addOption(outputOption())
    .action(async ({ group, file, output }: Options) => {
      const id = groupId(group, cli.env);
      await saveDownload(await (await cli.client()).files.download(id, file), output);
    });
};
