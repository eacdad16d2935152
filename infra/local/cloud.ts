import {
  type Credentials,
  createCredentialLookup,
  createFaults,
  createScheduler,
  type FunctionHost,
} from '@flowserv/local-aws';
import type { QueueName } from '../queues.ts';
import { type CallerOf, observing } from './calls.ts';
import type { CallContext, CloudOptions } from './cloud-options.ts';
import { startControl } from './control.ts';
import { createFunctionSlot, type FunctionSlot } from './function-slot.ts';
import type { Principal } from './keys.ts';
import { ACCOUNT, functionName, queues as queueNames } from './names.ts';
import { feedFunctions } from './queue-feeds.ts';
import { startStorage } from './storage.ts';

export interface LocalCloud {
  readonly functions: FunctionSlot;
  readonly endpoints: { dynamodb: string; s3: string; control: string; ses: string };
  readonly queueUrls: Record<Exclude<QueueName, 'settle'>, string>;
  /** Sets the functions, and starts the work that no request triggers. */
  begin(host: FunctionHost): Promise<void>;
  close(): Promise<void>;
}

/** Starts all AWS services that the product uses, connected as in the CDK app. */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const { onFault, onCall } = options;
  const callerOf = callerLookup(options.keys);
  const context: CallContext = {
    credentials: createCredentialLookup(Object.values(options.keys)),
    callerOf,
    interceptors: onCall ? [observing(onCall, callerOf)] : [],
  };
  const faults = createFaults(options.faults);
  const functions = createFunctionSlot();
  const opened = new AsyncDisposableStack();
  try {
    const storage = await startStorage({ ...options, ...context, faults, opened });
    const control = await startControl({ ...options, ...context, faults, functions, opened });
    const called = faults.calls(functions);
    const feeds = feedFunctions(control.queues, called, { onFault, onCall });
    opened.defer(() => called.close());

    return {
      functions,
      endpoints: { ...storage, control: control.endpoint },
      queueUrls: queueUrls(control.endpoint),
      async begin(host) {
        functions.fill(host);
        await control.ecs.recover();
        control.states.resume();
        opened.defer(() => feeds.close());
        feeds.begin();
        const schedules = startSchedules(called, onFault);
        opened.defer(() => schedules.close());
      },
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

const queueUrls = (endpoint: string): LocalCloud['queueUrls'] => ({
  archive: `${endpoint}/${ACCOUNT}/${queueNames.archive}`,
  install: `${endpoint}/${ACCOUNT}/${queueNames.install}`,
  leaderboard: `${endpoint}/${ACCOUNT}/${queueNames.leaderboard}`,
  mail: `${endpoint}/${ACCOUNT}/${queueNames.mail}`,
  notify: `${endpoint}/${ACCOUNT}/${queueNames.notify}`,
  purge: `${endpoint}/${ACCOUNT}/${queueNames.purge}`,
  remote: `${endpoint}/${ACCOUNT}/${queueNames.remote}`,
  dispatch: `${endpoint}/${ACCOUNT}/${queueNames.dispatch}`,
});

/** Calls dispatch and sweep each minute. */
function startSchedules(host: FunctionHost, onFault: CloudOptions['onFault']) {
  const tick = (name: 'dispatch' | 'sweep') => ({
    name,
    everySeconds: 60,
    invoke: () => host.invoke(functionName(name), {}),
  });
  return createScheduler({
    schedules: [tick('dispatch'), tick('sweep')],
    onError: (name, error) => onFault(`schedule ${name}: ${error}`),
  });
}

function callerLookup(keys: CloudOptions['keys']): CallerOf {
  const principals = new Map<string, Principal>();
  for (const [principal, { accessKeyId }] of Object.entries(keys) as [Principal, Credentials][]) {
    principals.set(accessKeyId, principal);
  }
  return (accessKeyId) => principals.get(accessKeyId);
}
