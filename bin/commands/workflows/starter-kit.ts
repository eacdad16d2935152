import { saveDownload } from '../../../shared/client/local-files.ts';
import { archiveOf } from '../../session/archive.ts';
import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, outputOption, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly output: string;
}

export const addStarterKit: AddCommand = (parent, cli) => {
  parent
    .command('starter-kit')
    .description('download a zip to start from: instructions, shared files, every parameter explained')
    .addOption(workflowOption())
    .addOption(outputOption())
    .action(async ({ workflow, output }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      await saveDownload(await archiveOf(cli, () => workflows.downloadStarterKit(id)), output);
    });
};
