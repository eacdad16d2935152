import { readEngineConfig } from '../../session/engine-config.ts';
import { variables, workflowId } from '../../session/identifiers.ts';
import { userIds } from '../../session/user-ids.ts';
import { exportLine } from '../../terminal/text.ts';
import { type AddCommand, commaList, existingFile, type WorkflowChoice, workflowOption } from '../options.ts';

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
    .option('-m, --members <users>', 'further members: names or identifiers separated by commas', commaList)
    .option(
      '-c, --configfile <path>',
      'engine configuration, JSON or YAML: sizes that the workflow permits apply to your steps, nothing else',
      existingFile,
    )
    .action(async ({ workflow, name, members, configfile }: Options) => {
      const id = workflowId(workflow, cli.env);
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const client = await cli.client();
      const ids = members && (await userIds(client, members));
      const group = await client.groups.create(id, { name, members: ids, config });
      const { length } = group.invitations ?? [];
      if (length > 0) cli.note(`${length} of them are invited, and become members when they accept`);
      cli.print(exportLine(variables.group, group.id));
    });
};
