import { readEngineConfig } from '../../session/engine-config.ts';
import { variables } from '../../session/identifiers.ts';
import { exportLine, oneLine } from '../../terminal/text.ts';
import { type AddCommand, existingFile } from '../options.ts';

interface Options {
  readonly key?: string;
  readonly name?: string;
  readonly description?: string;
  readonly instructions?: string;
  readonly specfile?: string;
  readonly manifest?: string;
  readonly configfile?: string;
  readonly ignore_postproc?: true;
  readonly verbose?: true;
}

const HELP = `
Options win over the manifest. Paths of -i, -s and -m are taken as they are when they exist, else relative
to the template's folder.`;

export const addCreateWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('create')
    .description('install a workflow from the folder of its template')
    .argument('<template>', 'folder with the manifest, the template and the files of the workflow')
    .option('-k, --key <id>', 'identifier, 1 to 32 letters, digits and underscores; made up when left out')
    .option('-n, --name <name>', 'name')
    .option('-d, --description <text>', 'description')
    .option('-i, --instructions <path>', 'file with the instructions for participants')
    .option('-s, --specfile <path>', 'file of the template')
    .option('-m, --manifest <path>', 'file of the manifest')
    .option('-c, --configfile <path>', 'engine configuration, JSON or YAML', existingFile)
    .option('-g, --ignore_postproc', 'never start post-processing')
    .option('-v, --verbose', 'print the path of each file that is installed')
    .addHelpText('after', HELP)
    .action(async (template: string, options: Options) => {
      const { key, name, description, instructions, specfile, manifest, configfile } = options;
      const operator = await cli.operator();
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const workflow = await operator.installWorkflow(template, {
        id: key,
        config,
        ignorePostproc: options.ignore_postproc,
        name: name ?? null,
        description: description ?? null,
        instructions: instructions ?? null,
        specfile: specfile ?? null,
        manifest: manifest ?? null,
        ...(options.verbose ? { onFile: (path: string) => cli.note(oneLine(path)) } : {}),
      });
      cli.note(...workflow.warnings.map((warning) => `warning: ${warning}`));
      cli.print(exportLine(variables.workflow, workflow.id));
    });
};
