import { join } from 'node:path';
import {
  type Credentials,
  chain,
  createEcs,
  createEventBus,
  createFaults,
  createQueues,
  createScheduler,
  createStepFunctions,
  credentialLookup,
  type FaultSettings,
  type FunctionHost,
  letPass,
  processRunner,
  type RunningServer,
  startDynamoDb,
  startJsonServer,
  startS3,
  startSes,
} from '@flowserv/local-aws';
import { type CallerOf, type CallObserver, observing, observingIntegrations, observingS3 } from './calls.ts';
import { createFunctionSlot, type FunctionSlot } from './function-slot.ts';
import type { Party } from './keys.ts';
import { ACCOUNT, functionName, MACHINE_PREFIX, queues as queueNames, REGION } from './names.ts';
import { feedFunctions } from './queue-feeds.ts';

export interface CloudOptions {
  readonly dataDir: string;
  /** Where S3 listens, whose links others follow; everything else is on loopback. */
  readonly host: string;
  readonly keys: Readonly<Record<Party, Credentials>>;
  /** Starts a server on its kept port. */
  readonly start: <T extends RunningServer>(name: string, start: (port: number) => Promise<T>) => Promise<T>;
  readonly onFault: (line: string) => void;
  /** Told of every call of a service, once it is answered; nobody by default. */
  readonly onCall?: CallObserver | undefined;
  /** What the services do that AWS may do; nothing by default. */
  readonly faults?: FaultSettings | undefined;
  /** Path of the program that starts the processes of containers; by default the one of the local AWS. */
  readonly containerLauncher: string | undefined;
  /** Text of the staging program where it shares a process; it gets processes of its own by default. */
  readonly sharedProgram: string | undefined;
}

export interface LocalCloud {
  readonly functions: FunctionSlot;
  readonly endpoints: { dynamodb: string; s3: string; control: string; ses: string };
  readonly queueUrls: { archive: string; board: string; dispatch: string };
  /** Puts the functions in place and begins the work that is not asked for by requests. */
  begin(host: FunctionHost): Promise<void>;
  close(): Promise<void>;
}

/** Starts everything of AWS that the product uses, wired as the CDK app wires it. */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const { dataDir, start, onFault, onCall } = options;
  const place = { region: REGION, accountId: ACCOUNT };
  const credentials = credentialLookup(Object.values(options.keys));
  const callerOf = callerLookup(options.keys);
  const intercept = onCall ? observing(onCall, callerOf) : letPass;
  const faults = createFaults(options.faults);
  const folder = (name: string) => join(dataDir, name);
  const closers: (() => Promise<void> | void)[] = [];
  const closing = <T extends { close(): Promise<void> | void }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };

  try {
    const dynamodb = closing(
      await start('dynamodb', (port) =>
        startDynamoDb({
          ...place,
          dataDir: folder('dynamodb'),
          port,
          credentials,
          intercept: chain([intercept, faults.dynamodb]),
          indexLagMs: faults.indexLagMs,
        }),
      ),
    );
    const onError = (error: unknown) => onFault(`S3: ${error}`);
    const s3 = closing(
      await start('s3', (port) =>
        startS3({
          dataDir: folder('s3'),
          host: options.host,
          port,
          region: REGION,
          credentials,
          onError,
          // As the other services: a killed process loses nothing, a power cut at most the last moments.
          durable: false,
          ...(onCall ? { onRequest: observingS3(onCall, callerOf) } : {}),
        }),
      ),
    );
    const ses = closing(
      await start('ses', (port) =>
        startSes({ outboxDir: folder('outbox'), port, region: REGION, credentials, intercept }),
      ),
    );
    const functions = createFunctionSlot();
    const queues = closing(createQueues({ ...place, dataDir: folder('sqs') }));
    const bus = closing(
      createEventBus({
        ...place,
        rules: [
          {
            name: 'settle',
            pattern: {
              source: ['aws.states'],
              'detail-type': ['Step Functions Execution Status Change'],
              detail: {
                stateMachineArn: [{ prefix: MACHINE_PREFIX }],
                status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
              },
            },
            target: async (event) => queues.send(queueNames.settle, JSON.stringify(event)),
          },
        ],
        ...(faults.plan ? { plan: faults.plan } : {}),
      }),
    );
    const { containerLauncher: launcher, sharedProgram: evaluated } = options;
    const runner = closing(
      processRunner({
        workRoot: folder('tasks'),
        ...(launcher === undefined ? {} : { launcher }),
        evaluated,
      }),
    );
    const ecs = closing(createEcs({ ...place, dataDir: folder('ecs'), runner }));
    const integrations = faults.integrations({
      invokeFunction: (name, payload) => functions.invoke(name, payload),
      startTask: (taskArguments, token) => ecs.startTask(taskArguments, token),
      waitForTask: (arn, signal) => ecs.waitForTask(arn, signal),
      essentialContainers: (arn) => ecs.essentialContainers(arn),
      stopTask: (arn, reason) => ecs.stopTask(arn, reason),
    });
    const states = closing(
      createStepFunctions({
        ...place,
        dataDir: folder('stepfunctions'),
        integrations: onCall ? observingIntegrations(onCall, integrations) : integrations,
        emit: (event) => void bus.put({ ...event, time: new Date(event.time) }),
      }),
    );
    const control = closing(
      await start('control', (port) =>
        startJsonServer({
          services: [states.service, ecs.service, queues.service],
          credentials,
          region: REGION,
          port,
          intercept: chain([intercept, faults.control]),
        }),
      ),
    );
    const called = faults.calls(functions);
    const feeds = feedFunctions(queues, called, { onFault, onCall });
    closers.push(() => called.close());

    return {
      functions,
      endpoints: {
        dynamodb: dynamodb.endpoint,
        s3: s3.endpoint,
        control: control.endpoint,
        ses: ses.endpoint,
      },
      queueUrls: {
        archive: `${control.endpoint}/${ACCOUNT}/${queueNames.archive}`,
        board: `${control.endpoint}/${ACCOUNT}/${queueNames.board}`,
        dispatch: `${control.endpoint}/${ACCOUNT}/${queueNames.dispatch}`,
      },
      async begin(host) {
        functions.fill(host);
        await ecs.recover();
        states.resume();
        closers.push(() => feeds.close());
        feeds.begin();
        const tick = (name: 'dispatch' | 'sweep') => ({
          name,
          everySeconds: 60,
          invoke: () => called.invoke(functionName(name), {}),
        });
        const onTickError = (name: string, error: unknown) => onFault(`schedule ${name}: ${error}`);
        closing(createScheduler({ schedules: [tick('dispatch'), tick('sweep')], onError: onTickError }));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function callerLookup(keys: CloudOptions['keys']): CallerOf {
  const parties = new Map<string, Party>();
  for (const [party, { accessKeyId }] of Object.entries(keys) as [Party, Credentials][]) {
    parties.set(accessKeyId, party);
  }
  return (accessKeyId) => parties.get(accessKeyId);
}
