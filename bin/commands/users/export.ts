import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../../../shared/client/client.ts';
import { saveDownload } from '../../../shared/client/local-files.ts';
import { archiveOf } from '../../session/archive.ts';
import type { Cli } from '../../session/cli.ts';
import { type AddCommand, outputOption } from '../options.ts';

interface Options {
  readonly output: string;
  readonly files: boolean;
}

const HELP = `
The folder gets account.json, and for each of your groups a folder with group.json, the uploads in uploads/, and
in runs/ the handle of each run, with its results and messages, and the archive of its files.`;

export const addExportAccount: AddCommand = (parent, cli) => {
  parent
    .command('export')
    .description('download what is stored of you: account, groups, uploads and runs')
    .addOption(outputOption())
    .option('--no-files', 'only descriptions, no uploads and no files of runs')
    .addHelpText('after', HELP)
    .action(async ({ output, files }: Options) => {
      const client = await cli.client();
      const account = await client.users.export();
      await writeJson(join(output, 'account.json'), account);
      for (const { id } of account.groups)
        await exportGroup(cli, client, join(output, 'groups', id), id, files);
      cli.print(`Exported ${account.groups.length} groups to ${output}.`);
    });
};

async function exportGroup(cli: Cli, client: Client, folder: string, id: string, withFiles: boolean) {
  await writeJson(join(folder, 'group.json'), await client.groups.get(id));
  if (withFiles) {
    await mkdir(join(folder, 'uploads'), { recursive: true });
    // Names are not unique, and not all of them are names of files here.
    for (const file of await client.files.list(id)) {
      await saveDownload(await client.files.download(id, file.id), join(folder, 'uploads', file.id));
    }
  }
  for (const run of await client.runs.list(id)) {
    const handle = await client.runs.get(run.id);
    await writeJson(join(folder, 'runs', `${run.id}.json`), handle);
    if (!withFiles || (handle.files ?? []).length === 0) continue;
    const archive = await archiveOf(cli, () => client.runs.downloadArchive(run.id));
    await saveDownload(archive, join(folder, 'runs', `${run.id}.tar.gz`));
  }
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
