import { createLogPrinter } from '../../session/log-printer.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

interface Options extends JsonChoice {
  readonly step?: string;
  readonly follow?: true;
}

const HELP = `
Standard output of the steps is printed to standard output, everything else to standard error. While a step runs, the
server has the last 64 KiB of each stream, some seconds old.`;

export const addRunLogs: AddCommand = (parent, cli) => {
  parent
    .command('logs')
    .description('show the output of the steps of a run')
    .argument('<run>', 'identifier of the run')
    .option('-s, --step <step>', 'only this step, by its name or its number from 0')
    .option('-f, --follow', 'print new output until the run ends')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (id: string, { step: wanted, follow, json }: Options) => {
      const client = await cli.client();
      if (json) return cli.json(await client.runs.logs(id));
      const printer = createLogPrinter(
        cli,
        client,
        id,
        ({ index, name }) => wanted === undefined || wanted === name || wanted === String(index),
      );
      if (follow) await client.runs.followLogs(id, (logs) => printer.print(logs));
      else await printer.print(await client.runs.logs(id));
    });
};
