import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../shared/clients.ts';
import { readConfig } from '../shared/config.ts';
import { readCapacity } from '../shared/runs/capacity.ts';
import { createServices } from '../shared/services/services.ts';
import { copyTable } from './restore/copy-table.ts';
import { checkSource } from './restore/foreign-source.ts';
import { chosenStage, stageOptions } from './session/chosen-stage.ts';
import type { Environment } from './session/location.ts';

const USAGE = `usage: npm run restore:aws -- (--stage NAME | --local) --from TABLE [--foreign]

Makes the table of a stage equal to TABLE, which DynamoDB restored to an earlier time: newer items are
removed. The stage must be paused, and stays paused. docs/deploy.md, "Backup and restore", has all steps.

  --stage NAME   the stage, with credentials of an administrator of its account
  --profile NAME, --region NAME   as for the AWS CLI
  --local        the local stack that runs on this computer
  --from TABLE   the restored table
  --foreign      even if TABLE was not restored from the stage's own table: all data of the stage is replaced by that of
                 another stage or an earlier stack`;

async function main(env: Environment): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...stageOptions,
      from: { type: 'string' },
      foreign: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { from } = values;
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  if (from === undefined) throw new Error(USAGE);
  const config = readConfig(await chosenStage(values, env));
  if (from === config.table) throw new Error(`'${from}' is the stage's own table; give the restored one`);
  const { paused, inUse } = await readCapacity(createServices(config));
  if (!paused) throw new Error('the stage admits runs; stop that with `flowserv stage pause`');
  if (inUse > 0) throw new Error(`runs hold ${inUse} vCPUs; wait until they end, or cancel them`);
  const client = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
  if (!values.foreign) await checkSource(client, { from, to: config.table });
  const { written, removed } = await copyTable(client, { from, to: config.table }, (copied) =>
    process.stderr.write(`${copied.written} items written, ${copied.removed} removed\n`),
  );
  process.stdout.write(`${config.table} is as ${from}: ${written} items written, ${removed} removed\n`);
  process.stdout.write('next: flowserv reindex, then flowserv stage resume\n');
}

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
