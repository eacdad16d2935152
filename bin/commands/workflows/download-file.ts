import { saveDownload } from '../../../shared/client/local-files.ts';
import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, outputOption, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly file: string;
  readonly output: string;
}

export const addDownloadWorkflowFile: AddCommand = (parent, cli) => {
  parent
    .command('file')
    .description('download one post-processing result')
    .addOption(workflowOption())
    .requiredOption('-f, --file <id>', 'identifier of the file')
    .addOption(outputOption())
    .action(async ({ workflow, file, output }: Options) => {
      const id = workflowId(workflow, cli.env);
      await saveDownload(await (await cli.client()).workflows.downloadFile(id, file), output);
    });
};
