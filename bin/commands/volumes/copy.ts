import type { AddCommand } from '../options.ts';
import { VOLUME, VOLUME_HELP } from './volume-argument.ts';

export const addCopyVolume: AddCommand = (parent, cli) => {
  parent
    .command('copy')
    .description('copy files between storage volumes; replaces files of the target')
    .argument('<source>', VOLUME)
    .argument('<target>', VOLUME)
    .argument('[keys...]', 'files and folders of the source; everything if absent')
    .option('-t, --to <key>', 'file, or folder for the content of a folder; the same paths if absent')
    .addHelpText('after', VOLUME_HELP)
    .action(async (source: string, target: string, keys: readonly string[], { to }: { to?: string }) => {
      const { openNamedVolume } = await import('../../session/storage-volume.ts');
      const { copyFiles } = await import('../../../shared/storage-volumes/copy-files.ts');
      await using opened = new AsyncDisposableStack();
      const open = async (path: string) =>
        opened.adopt(await openNamedVolume(path, cli.env), (volume) => volume.close());
      const [from, into] = [await open(source), await open(target)];
      const report = (line: string) => cli.note(line);
      const written = await copyFiles(from, into, { keys: keys.length > 0 ? keys : null, to, report });
      if (keys.length > 0 && written.length === 0) {
        throw new Error(`'${source}' has no file or folder '${keys.join("', '")}'`);
      }
      cli.print(`${written.length} ${written.length === 1 ? 'file' : 'files'} copied`);
    });
};
