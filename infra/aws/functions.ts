import { Duration, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { disks, type FunctionName, functions as figures } from '../functions.ts';
import { codeOf } from './code.ts';
import { createLogGroup } from './logs.ts';
import { longestText } from './longest-text.ts';
import { grantPermissions } from './permissions.ts';
import { environmentOf, type Settings, type SettingsParts } from './settings.ts';
import type { Stage } from './stage.ts';

export type Functions = Readonly<Record<FunctionName, LambdaFunction>>;

/**
 * The product's functions. Each has its own role, which also signs the links that the function returns: a
 * link permits no more than its function's role, and ends with the session of the role at the latest.
 */
export function createFunctions(parent: Construct, parts: SettingsParts): Functions {
  const scope = new Construct(parent, 'Functions');
  const create = (name: FunctionName) => createFunction(scope, name, parts);
  return {
    api: create('api'),
    auth: create('auth'),
    runs: create('runs'),
    broker: create('broker'),
    'next-step': create('next-step'),
    'settle-run': create('settle-run'),
    dispatch: create('dispatch'),
    sweep: create('sweep'),
    archive: create('archive'),
    'remote-runs': create('remote-runs'),
    transfer: create('transfer'),
    notify: create('notify'),
    install: create('install'),
    leaderboard: create('leaderboard'),
  };
}

function createFunction(scope: Construct, name: FunctionName, parts: SettingsParts): LambdaFunction {
  const { stage } = parts;
  const logGroup = createLogGroup(scope, `${name}-log`, stage, `functions/${name}`);
  const role = new Role(scope, `${name}-role`, {
    description: `Function ${name} of flowServ ${stage.name}`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
  grantPermissions(name, role, logGroup, parts);
  return new LambdaFunction(scope, name, {
    functionName: `flowserv-${stage.name}-${name}`,
    code: codeOf(name),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    timeout: Duration.seconds(figures[name].timeoutSeconds),
    memorySize: figures[name].memoryMb,
    ...(disks[name] === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(disks[name]) }),
    role,
    logGroup,
    environment: bounded(scope, name, environmentOf(name, parts)),
    ...reserved(name, stage),
  });
}

/** Characters of all variables of a function together, names included (AWS Lambda quotas). */
const MAX_ENVIRONMENT = 4096;

/** @throws Error if Lambda would reject the variables at deployment; lists in settings have no maximum length */
function bounded(scope: Construct, name: FunctionName, environment: Settings): Settings {
  const sizes = Object.entries(environment)
    .map(([variable, value]) => ({ variable, size: variable.length + longestText(scope, value).length }))
    .sort((a, b) => b.size - a.size);
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  if (total <= MAX_ENVIRONMENT) return environment;
  throw new Error(
    `the variables of function '${name}' may take ${total} characters, and Lambda allows ${MAX_ENVIRONMENT}: ` +
      `shorten the setting of the stage that makes ${sizes[0]?.variable}`,
  );
}

function reserved(name: FunctionName, { reservedConcurrency }: Stage) {
  const instances = name === 'auth' || name === 'broker' ? reservedConcurrency[name] : undefined;
  return instances === undefined ? {} : { reservedConcurrentExecutions: instances };
}
