import type { Column } from '../../terminal/table.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { VOLUME, VOLUME_HELP } from './volume-argument.ts';

const COLUMNS: readonly Column[] = [
  { name: 'File', type: 'string' },
  { name: 'Bytes', type: 'int' },
];

export const addListVolume: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the files of a storage volume')
    .argument('<volume>', VOLUME)
    .argument('[key]', 'file or folder; everything if absent')
    .addOption(jsonOption())
    .addHelpText('after', VOLUME_HELP)
    .action(async (path: string, key: string | undefined, { json }: JsonChoice) => {
      const { openNamedVolume } = await import('../../session/storage-volume.ts');
      const volume = await openNamedVolume(path, cli.env);
      try {
        const entries = await Array.fromAsync(volume.walk(key));
        const files = entries.map((entry) => ({ key: entry.key, size: entry.file.size }));
        files.sort((a, b) => (a.key < b.key ? -1 : 1));
        if (json) return cli.json(files);
        const rows = files.map((file) => [file.key, file.size]);
        cli.table(COLUMNS, rows);
      } finally {
        await volume.close();
      }
    });
};
