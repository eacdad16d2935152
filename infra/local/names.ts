import type { FunctionName } from '../functions.ts';

export { type FunctionName, functionNames, functions } from '../functions.ts';

/** Names and ids of the local stack, in the form of AWS's. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const accountRegion = { region: REGION, accountId: ACCOUNT } as const;
export const STAGE = 'local';

export const TABLE = `flowserv-${STAGE}`;
export const DATA_BUCKET = `flowserv-${STAGE}-data`;
export const WORK_BUCKET = `flowserv-${STAGE}-work`;

export const functionName = (name: FunctionName) => `flowserv-${STAGE}-${name}`;
export const functionArn = (name: FunctionName) =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName(name)}`;
export const MACHINE_ROLE = `arn:aws:iam::${ACCOUNT}:role/flowserv-${STAGE}-machine`;
export const EXECUTION_ROLE = `arn:aws:iam::${ACCOUNT}:role/flowserv-${STAGE}-execution`;
export const CLUSTER_NAME = `flowserv-${STAGE}`;
export const CLUSTER = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${CLUSTER_NAME}`;
export const MACHINE_PREFIX = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:flowserv-${STAGE}-`;

export const queues = {
  archive: `flowserv-${STAGE}-archive`,
  install: `flowserv-${STAGE}-install`,
  leaderboard: `flowserv-${STAGE}-leaderboard`,
  mail: `flowserv-${STAGE}-mail`,
  notify: `flowserv-${STAGE}-notify`,
  purge: `flowserv-${STAGE}-purge`,
  dispatch: `flowserv-${STAGE}-dispatch`,
  remote: `flowserv-${STAGE}-remote`,
  settle: `flowserv-${STAGE}-settle`,
};
export const deadLetters = (queue: string) => `${queue}-dead`;

/** Folder of the tasks' files in the data folder. */
export const TASKS_FOLDER = 'tasks';
