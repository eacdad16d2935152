import { type AddCommand, type DeletionChoice, deletionText, nowOption } from '../options.ts';

interface Options extends DeletionChoice {
  readonly force?: true;
}

export const addDeleteRun: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete an ended run with its files; `runs restore` brings it back for some days')
    .argument('<run>', 'identifier of the run')
    .addOption(nowOption())
    .option('-f, --force', 'do not ask')
    .action(async (id: string, { now, force }: Options) => {
      const client = await cli.client();
      await cli.confirm(`Do you really want to delete the run ${id}${deletionText(now)}`, force);
      await client.runs.delete(id, { now: now === true });
      cli.print(`run ${id} deleted.`);
    });
};
