import { readEngineConfig } from '../../session/engine-config.ts';
import { variables, workflowId } from '../../session/identifiers.ts';
import { exportLine } from '../../terminal/text.ts';
import { type AddCommand, existingFile, idList, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly name: string;
  readonly members?: string[];
  readonly configfile?: string;
}

export const addCreateGroup: AddCommand = (parent, cli) => {
  parent
    .command('create')
    .description('create a group of a workflow; you are its first member')
    .addOption(workflowOption())
    .requiredOption('-n, --name <name>', 'name, unique among the groups of the workflow')
    .option('-m, --members <ids>', 'further members: user identifiers separated by commas', idList)
    .option(
      '-c, --configfile <path>',
      'engine configuration, JSON or YAML: stored, not applied to steps',
      existingFile,
    )
    .action(async ({ workflow, name, members, configfile }: Options) => {
      const id = workflowId(workflow, cli.env);
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const group = await cli.client().groups.create(id, { name, members, config });
      cli.print(exportLine(variables.group, group.id));
    });
};
