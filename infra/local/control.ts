import { join } from 'node:path';
import {
  createEcs,
  createEventBus,
  createQueues,
  createStepFunctions,
  startJsonServer,
} from '@flowserv/local-aws';
import { observingIntegrations } from './calls.ts';
import type { CloudOptions } from './cloud-options.ts';
import type { FunctionSlot } from './function-slot.ts';
import { accountRegion, REGION } from './names.ts';
import { settleRule } from './settle-rule.ts';
import type { StorageOptions } from './storage.ts';

interface ControlOptions
  extends Pick<CloudOptions, 'runner'>,
    Pick<
      StorageOptions,
      'dataDir' | 'start' | 'onCall' | 'credentials' | 'interceptors' | 'faults' | 'opened'
    > {
  readonly functions: FunctionSlot;
}

/** Starts the services that run workflows: SQS, EventBridge, ECS and Step Functions, behind one server. */
export async function startControl(options: ControlOptions) {
  const { dataDir, start, credentials, interceptors, faults, opened } = options;
  const queues = createQueues({ ...accountRegion, dataDir: join(dataDir, 'sqs') });
  opened.defer(() => queues.close());
  const bus = createEventBus({
    ...accountRegion,
    rules: [settleRule(queues)],
    ...(faults.plan ? { plan: faults.plan } : {}),
  });
  opened.defer(() => bus.close());
  const ecs = createEcs({
    ...accountRegion,
    dataDir: join(dataDir, 'ecs'),
    runner: options.runner,
    spotMs: faults.spotMs,
  });
  opened.defer(() => ecs.close());
  const states = createStepFunctions({
    ...accountRegion,
    dataDir: join(dataDir, 'stepfunctions'),
    integrations: integrationsOf(options, ecs),
    emit: (event) => void bus.put({ ...event, time: new Date(event.time) }),
  });
  opened.defer(() => states.close());
  const server = await start('control', (port) =>
    startJsonServer({
      services: [states.service, ecs.service, queues.service],
      credentials,
      region: REGION,
      port,
      interceptors: [...interceptors, ...faults.control],
    }),
  );
  opened.adopt(server, ({ close }) => close());
  return { queues, ecs, states, endpoint: server.endpoint };
}

/** The targets of state machines: functions and tasks. */
function integrationsOf({ faults, functions, onCall }: ControlOptions, ecs: ReturnType<typeof createEcs>) {
  const integrations = faults.integrations({
    invokeFunction: (name, payload) => functions.invoke(name, payload),
    startTask: (taskArguments, token) => ecs.startTask(taskArguments, token),
    waitForTask: (arn, signal) => ecs.waitForTask(arn, signal),
    essentialContainers: (arn) => ecs.essentialContainers(arn),
    stopTask: (arn, reason) => ecs.stopTask(arn, reason),
  });
  return onCall ? observingIntegrations(onCall, integrations) : integrations;
}
