import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../shared/clients.ts';
import { readConfig } from '../shared/config.ts';
import { readStage } from '../shared/runs/stage.ts';
import { createServices } from '../shared/services/services.ts';
import { copyTable } from './restore/copy-table.ts';
import { chosenStage, stageOptions } from './session/chosen-stage.ts';
import type { Environment } from './session/location.ts';

const USAGE = `usage: npm run restore:aws -- (--stage NAME | --local) --from TABLE

Makes the table of a stage hold what TABLE holds, which DynamoDB has restored to an earlier time: newer items are
removed. The stage has to be paused, and stays so. docs/deploy.md has all steps of a restore.`;

async function main(env: Environment): Promise<void> {
  const { values } = parseArgs({
    options: { ...stageOptions, from: { type: 'string' } },
  });
  const { from } = values;
  if (from === undefined) throw new Error(USAGE);
  const config = readConfig(await chosenStage(values, env));
  if (from === config.table) throw new Error(`'${from}' is the stage's own table; name the restored one`);
  const { paused, inUse } = await readStage(createServices(config));
  if (!paused) throw new Error('the stage is at work; stop that with `flowserv stage pause`');
  if (inUse > 0) throw new Error(`${inUse} runs are under way; wait for their ends, or cancel them`);
  const client = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
  const { written, removed } = await copyTable(client, { from, to: config.table }, (copied) =>
    process.stderr.write(`${copied.written} items written, ${copied.removed} removed\n`),
  );
  process.stdout.write(`${config.table} is as ${from}: ${written} items written, ${removed} removed\n`);
  process.stdout.write('next: flowserv users recount-quotas, then flowserv stage resume\n');
}

try {
  await main(process.env);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
