import { saveDownload } from '../../../shared/client/local-files.ts';
import { archiveOf } from '../../session/archive.ts';
import { type AddCommand, outputOption } from '../options.ts';

export const addDownloadRunArchive: AddCommand = (parent, cli) => {
  parent
    .command('archive')
    .description('download all result files of a run as tar.gz')
    .argument('<run>', 'identifier of the run')
    .addOption(outputOption())
    .action(async (id: string, { output }: { readonly output: string }) => {
      const { runs } = await cli.client();
      await saveDownload(await archiveOf(cli, () => runs.downloadArchive(id)), output);
    });
};
