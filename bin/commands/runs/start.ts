import type { Group, Run } from '../../../shared/api/answers.ts';
import type { Client, RunArgument } from '../../../shared/client/client.ts';
import type { Cli } from '../../session/cli.ts';
import { readEngineConfig } from '../../session/engine-config.ts';
import { followRun } from '../../session/follow-run.ts';
import { groupId } from '../../session/identifiers.ts';
import { unsaidWarnings } from '../../session/run-warnings.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { type AddCommand, existingFile, type GroupChoice, groupOption } from '../options.ts';
import { type ArgumentOption, collectArgument } from './argument-option.ts';

interface Options extends GroupChoice {
  readonly argument?: ArgumentOption[];
  readonly configfile?: string;
  readonly wait?: true;
}

const HELP = `
Without -a, every parameter of the workflow is asked for. With -a, nothing is asked, and parameters that are
left out take their default values:

  $ flowserv runs start -a names=data/friends.txt -a greeting=Hi --wait`;

export const addStartRun: AddCommand = (parent, cli) => {
  parent
    .command('start')
    .description('start a run')
    .addOption(groupOption())
    .option(
      '-a, --argument <name=value>',
      'argument; repeat it for more. A file is given by its path here, or by the identifier of an upload',
      collectArgument,
    )
    .option(
      '-c, --configfile <path>',
      'engine configuration, JSON or YAML: checked, not applied to steps',
      existingFile,
    )
    .option('--wait', 'wait for the end of the run; exit 1 unless it is a SUCCESS')
    .addHelpText('after', HELP)
    .action(async ({ group: option, argument, configfile, wait }: Options) => {
      const id = groupId(option, cli.env);
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const client = cli.client();
      const group = await client.groups.get(id);
      const supplied = await suppliedArguments(cli, client, group, argument);
      const run = await client.runs.start(id, { arguments: supplied, ...(config ? { config } : {}) });
      cli.print(`started run ${run.id} is ${run.state}`);
      if (wait) await waitForEnd(cli, client, run);
    });
};

/** The arguments of the options, or of questions where there are none. Each way loads on first use. */
async function suppliedArguments(
  cli: Cli,
  client: Client,
  group: Group,
  options: readonly ArgumentOption[] | undefined,
): Promise<RunArgument[]> {
  if (options) {
    const { argumentsOfOptions } = await import('./argument-options.ts');
    return argumentsOfOptions(client, group, options);
  }
  const { askArguments } = await import('./argument-prompts.ts');
  return askArguments(cli, client, group);
}

/** @throws Error unless the run is a SUCCESS */
async function waitForEnd(cli: Cli, client: Client, started: Run): Promise<void> {
  const since = Date.now();
  const line = createLiveLines(process.stderr);
  const run = await followRun(client, started, ({ state }) => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    line.set('run', state, process.stderr.isTTY ? `, ${seconds} s` : '');
  });
  line.done();
  if (run.state !== 'SUCCESS') {
    throw new Error([`run ${run.id} is ${run.state}`, ...(run.messages ?? [])].join('\n').trimEnd());
  }
  cli.print(`run ${run.id} is ${run.state}`);
  cli.note(...unsaidWarnings(run).map((text) => `warning: ${text}`));
}
