import { saveDownload } from '../../../shared/client/local-files.ts';
import { archiveOf } from '../../session/archive.ts';
import { type AddCommand, outputOption } from '../options.ts';

export const addRunCrate: AddCommand = (parent, cli) => {
  parent
    .command('crate')
    .description('download an ended run as an RO-Crate: a zip with its provenance and its files')
    .argument('<run>', 'identifier of the run')
    .addOption(outputOption())
    .action(async (id: string, { output }: { readonly output: string }) => {
      const { runs } = await cli.client();
      await saveDownload(await archiveOf(cli, () => runs.downloadCrate(id)), output);
    });
};
