import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chosenStage, stageOptions } from './session/chosen-stage.ts';
import { dataFolder, type Environment } from './session/location.ts';

const USAGE = `usage: npm run verify:aws -- (--stage NAME | --local) [--only ID]... [--list]

Puts a stage that is deployed to the test: what no engine on one machine can show of AWS. It takes about an hour and
some cents, removes what it makes, and leaves a report in .flowserv/verify/.

  --stage NAME   the stage, with credentials of an administrator of its account
  --profile NAME, --region NAME   as of the AWS CLI
  --local        the local stack that runs on this machine, as far as it goes
  --only ID      this check alone; may be given several times
  --list         the checks, and what they need`;

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
  // A check that has run out of time may still wait for something.
  process.exit(await main(process.env));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
