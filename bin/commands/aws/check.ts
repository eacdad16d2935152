import type { Command } from 'commander';
import { findingLines } from '../../terminal/findings.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { ACCOUNT_HELP, type AwsChoice, stageOption } from './options.ts';

/** Defined by the build of the package (infra/bundle/programs.ts) and nowhere else. */
declare const FLOWSERV_BUILT: boolean;

export const addCheckAws: AddCommand = (parent, cli) => {
  parent
    .command('check')
    .description('check whether your AWS account is ready for a stage; changes nothing (operator)')
    .addOption(stageOption().default('dev'))
    .addOption(jsonOption())
    .addHelpText('after', ACCOUNT_HELP)
    .action(async (_options: unknown, command: Command) => {
      const { json, ...choice } = command.optsWithGlobals<AwsChoice & JsonChoice>();
      const report = await (await loadPreflight())(choice);
      if (json) cli.json(report);
      else cli.print(...findingLines(report, cli.output.columns || 100));
      if (report.findings.some(({ severity }) => severity === 'stops')) cli.fail();
    });
};

/**
 * The CDK app, which determines what a stage needs, is in the repository and not in the package: esbuild removes
 * imports only if a dead branch contains them.
 */
async function loadPreflight() {
  if (typeof FLOWSERV_BUILT === 'undefined') {
    return (await import('../../../infra/preflight/preflight.ts')).runPreflight;
  }
  throw new Error(
    'stages are deployed from a clone of the flowServ repository; run `npx flowserv aws check` there',
  );
}
