import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readInstructions } from '../../../shared/sources/instructions.ts';
import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, existingFile, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly name?: string;
  readonly description?: string;
  readonly instructions?: string;
}

export const addUpdateWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('update')
    .description('change the name, description or instructions of a workflow')
    .addOption(workflowOption())
    .option('-n, --name <name>', 'new name')
    .option('-d, --description <text>', 'new description')
    .option('-i, --instructions <path>', 'file with the new instructions', existingFile)
    .action(async ({ workflow, name, description, instructions: path }: Options) => {
      if (name === undefined && description === undefined && path === undefined) {
        cli.print('nothing to update');
        return;
      }
      const id = workflowId(workflow, cli.env);
      const operator = await cli.operator();
      const instructions = path === undefined ? undefined : await read(path);
      await operator.updateWorkflow(id, { name, description, instructions });
      cli.print(`updated workflow ${id}`);
    });
};

async function read(path: string): Promise<string> {
  const file = await realpath(path);
  return readInstructions(file, dirname(file));
}
