import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { saveDownload } from '../../../shared/client/local-files.ts';
import { readRelativePath } from '../../../shared/documents/relative-path.ts';
import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly output?: string;
}

const COLUMNS: readonly Column[] = [
  { name: 'Path', type: 'string' },
  { name: 'Bytes', type: 'int' },
  { name: 'ID', type: 'string' },
];

export const addWorkflowFiles: AddCommand = (parent, cli) => {
  parent
    .command('files')
    .description('list the files that the organiser shares with participants, or save them in a folder')
    .addOption(workflowOption())
    .option('-o, --output <folder>', 'folder to save the files in, at their paths')
    .addOption(jsonOption())
    .action(async ({ workflow, output, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const { files } = await workflows.files(id);
      if (output !== undefined) {
        for (const { id: fileId, path } of files) {
          const target = pathBelow(output, path);
          await mkdir(dirname(target), { recursive: true });
          await saveDownload(await workflows.downloadPublicFile(id, fileId), target);
          cli.note(oneLine(target));
        }
      }
      if (json) return cli.json(files);
      if (output === undefined) {
        cli.table(
          COLUMNS,
          files.map(({ path, size, id: fileId }) => [path, size, fileId]),
        );
      }
    });
};

/** @throws Error for a path of the server that leads out of the folder */
function pathBelow(folder: string, path: string): string {
  const reading = readRelativePath(path, 'file');
  if (!reading.ok) throw new Error(`the path '${oneLine(path)}' ${reading.fault}`);
  return join(folder, reading.path);
}
