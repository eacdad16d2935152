import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chosenStage, stageOptions } from './session/chosen-stage.ts';
import { dataFolder, type Environment } from './session/location.ts';

const USAGE = `usage: npm run verify:aws -- (--stage NAME | --local) [--only ID]... [--list]

Verifies on a deployed stage what no tool on one computer can show about AWS. It takes about an hour and
costs some cents, removes what it creates, and writes a report to .flowserv/verify/.

  --stage NAME   the stage, with credentials of an administrator of its account
  --profile NAME, --region NAME   as for the AWS CLI
  --local        the local stack that runs on this computer, for the checks that it supports
  --only ID      only this check; may be repeated
  --list         the checks and their requirements`;

async function main(env: Environment): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...stageOptions,
      only: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { listChecks, verify } = await import('./verify/verify.ts');
  if (values.help || values.list) {
    process.stdout.write(`${values.help ? USAGE : listChecks().join('\n')}\n`);
    return 0;
  }
  const { createTarget } = await import('./verify/target.ts');
  return verify({
    target: createTarget(await chosenStage(values, env)),
    only: values.only ?? [],
    folder: join(dataFolder(env), 'verify'),
  });
}

try {
  // A check that timed out may still wait for something.
  process.exit(await main(process.env));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
