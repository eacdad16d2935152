/**
 * A process with a Step Functions service, for the test that kills it. Its cluster is a folder in which
 * each task is a file with the token of its start as its name.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startJsonServer } from '../../aws/json-protocol.ts';
import { createStepFunctions } from '../../stepfunctions/stepfunctions.ts';

const [dataDir = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2);
const region = 'us-east-1';
const tasks = join(dataDir, 'tasks');
mkdirSync(tasks, { recursive: true });

const stepFunctions = createStepFunctions({
  dataDir,
  region,
  accountId: '000000000000',
  emit: () => {},
  integrations: {
    invokeFunction: async (_name, payload) => {
      await pause(1);
      return payload;
    },
    startTask: async (_arguments, token) => {
      await pause(1);
      writeFileSync(join(tasks, token), '');
      await pause(1);
      return { taskArn: token };
    },
    waitForTask: async (taskArn) => {
      await pause(2);
      return { TaskArn: taskArn, Containers: [] };
    },
    essentialContainers: async () => [],
    stopTask: async () => {},
  },
});
const server = await startJsonServer({
  services: [stepFunctions.service],
  credentials: createCredentialLookup([{ accessKeyId, secretAccessKey }]),
  region,
  port: 0,
});
stepFunctions.resume();
process.stdout.write(`${server.endpoint}\n`);
