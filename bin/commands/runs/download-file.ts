import { saveDownload } from '../../../shared/client/local-files.ts';
import { type AddCommand, outputOption } from '../options.ts';

interface Options {
  readonly file: string;
  readonly output: string;
}

export const addDownloadRunFile: AddCommand = (parent, cli) => {
  parent
    .command('file')
    .description('download one result file of a run')
    .argument('<run>', 'identifier of the run')
    .requiredOption('-f, --file <id>', 'identifier of the file')
    .addOption(outputOption())
    .action(async (id: string, { file, output }: Options) => {
      await saveDownload(await (await cli.client()).runs.downloadFile(id, file), output);
    });
};
