import type { Group, Run } from '../../../shared/api/answers.ts';
import type { Client } from '../../../shared/client/client.ts';
import type { RunArgument } from '../../../shared/client/run-methods.ts';
import type { Cli } from '../../session/cli.ts';
import { readEngineConfig } from '../../session/engine-config.ts';
import { estimateLines } from '../../session/estimate-text.ts';
import { followRun } from '../../session/follow-run.ts';
import { groupId } from '../../session/identifiers.ts';
import { runsLeft } from '../../session/limit-text.ts';
import { unsaidWarnings } from '../../session/run-warnings.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { type AddCommand, existingFile, type GroupChoice, groupOption } from '../options.ts';
import type { ArgumentChoice } from './argument-choice.ts';
import { type ArgumentOption, collectArgument } from './argument-option.ts';
import { type ArgumentsFileChoice, allArguments, argumentsFileOption } from './arguments-file.ts';

interface Options extends GroupChoice, ArgumentsFileChoice {
  readonly argument?: ArgumentOption[];
  readonly configfile?: string;
  readonly wait?: true;
  readonly estimate?: true;
}

const HELP = `
Without arguments, the command asks for every parameter of the workflow; an empty answer selects the default value, or omits
an optional parameter. With -a or --arguments-file, omitted parameters get their default values, and the command asks for nothing:

  $ flowserv runs start -a names=data/friends.txt -a greeting=Hi --wait

If the template does not fix the path of a file in the run directory, add it after a colon, or the command asks for it:

  $ flowserv runs start -a code=predict.py:work/predict.py

Many arguments are easier to write in a file; the starter kit of a workflow has one with every parameter explained:

  $ flowserv runs start --arguments-file arguments.yaml --wait

A step (an actor parameter) and other values with a structure are JSON, such as from a file:

  $ flowserv runs start -a model="$(cat step.json)"

Files are uploaded after all arguments are checked, unless the group has one with the same name and content.`;

export const addStartRun: AddCommand = (parent, cli) => {
  parent
    .command('start')
    .description('start a run')
    .addOption(groupOption())
    .option(
      '-a, --argument <name=value>',
      'argument; may be repeated. A file is PATH, PATH:TARGET or the identifier of an upload',
      collectArgument,
    )
    .addOption(argumentsFileOption())
    .option(
      '-c, --configfile <path>',
      'engine configuration, JSON or YAML: sizes that the workflow permits apply to your steps, nothing else',
      existingFile,
    )
    .option('--estimate', 'show what the run would cost at most, instead of starting it; uploads its files')
    .option('--wait', 'wait for the end of the run; exit 1 unless its state is SUCCESS')
    .addHelpText('after', HELP)
    .action(async ({ group: option, argument, argumentsFile, configfile, estimate, wait }: Options) => {
      const id = groupId(option, cli.env);
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const client = await cli.client();
      const group = await client.groups.get(id);
      const choices = await choicesOf(cli, group, await allArguments(argumentsFile, argument));
      const supplied = await argumentsOf(client, group, choices);
      const newRun = { arguments: supplied, ...(config ? { config } : {}) };
      if (estimate) return cli.print(...estimateLines(await client.runs.estimate(id, newRun)));
      const run = await client.runs.start(id, newRun);
      cli.print(`started run ${run.id} is ${run.state}`);
      await noteLimits(cli, client, id);
      if (wait) await waitForEnd(cli, client, run);
    });
};

/** Reads the arguments from the options, or asks for them if there are none. The code of each loads on first use. */
async function choicesOf(
  cli: Cli,
  group: Group,
  options: readonly ArgumentOption[] | undefined,
): Promise<ArgumentChoice[]> {
  if (options) {
    const { choicesOfOptions } = await import('./argument-options.ts');
    return choicesOfOptions(cli, group, options);
  }
  const { askChoices } = await import('./argument-prompts.ts');
  return askChoices(cli, group);
}

/** Checks everything that can be checked here, and only then uploads files. */
async function argumentsOf(
  client: Client,
  group: Group,
  choices: readonly ArgumentChoice[],
): Promise<RunArgument[]> {
  const { argumentOf, checkChoices } = await import('./argument-choice.ts');
  checkChoices(group, choices);
  const { createUploader } = await import('./chosen-file.ts');
  const upload = createUploader(client, group);
  const supplied: RunArgument[] = [];
  for (const choice of choices) {
    supplied.push(argumentOf(choice, 'file' in choice ? await upload(choice.file) : undefined));
  }
  return supplied;
}

/** Prints what is left to the group. The run has started, so a failure to read it is no failure of the command. */
async function noteLimits(cli: Cli, client: Client, id: string): Promise<void> {
  const left = await client.groups.limits(id).then(runsLeft, () => undefined);
  if (left !== undefined) cli.note(left);
}

/** @throws Error unless the state of the run is SUCCESS */
async function waitForEnd(cli: Cli, client: Client, started: Run): Promise<void> {
  const since = Date.now();
  const line = createLiveLines(cli.errors);
  const run = await followRun(client, started, ({ state }) => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    line.set('run', state, cli.errors.isTTY ? `, ${seconds} s` : '');
  });
  line.done();
  if (run.state !== 'SUCCESS') {
    const messages = (run.messages ?? []).map((text) => text.trimEnd());
    throw new Error([`run ${run.id} is ${run.state}`, ...messages].join('\n').trimEnd());
  }
  cli.print(`run ${run.id} is ${run.state}`);
  cli.note(...unsaidWarnings(run).map((text) => `warning: ${text}`));
}
