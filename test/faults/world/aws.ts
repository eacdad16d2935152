import { join } from 'node:path';
import {
  AwsError,
  createCredentialLookup,
  createEcs,
  createEventBus,
  createQueues,
  createStepFunctions,
  type Integrations,
  openDynamoDb,
  openS3,
  type Runner,
} from '@flowserv/local-aws';
import { accountRegion, REGION } from '../../../infra/local/names.ts';
import { settleRule } from '../../../infra/local/settle-rule.ts';
import { bodyOf, type ReceivedResponse, type SentRequest, targetOf, textOf } from './requests.ts';
import type { Simulation } from './simulation.ts';

/** A call of an AWS service by the SDK. */
export interface AwsCall {
  readonly service: string;
  /** As in the API reference; for S3 the method and the key. */
  readonly operation: string;
  readonly isWrite: boolean;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AwsOptions {
  readonly simulation: Simulation;
  readonly dataDir: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly runner: Runner;
  /** Calls of a function by a state machine. */
  readonly invoke: Integrations['invokeFunction'];
  /** Called before each task that a state machine starts; may throw the error of a service. */
  readonly beforeTask: () => Promise<void>;
  /** Delays of the deliveries of an event, in milliseconds. */
  readonly deliveries: () => readonly number[];
  /** Called for each operation of DynamoDB, with its input, which it may replace. Undefined: it does not happen. */
  readonly plant?: ((call: AwsCall) => Readonly<Record<string, unknown>> | undefined) | undefined;
}

/** The addresses that the settings name; nothing listens there. */
// The SDK puts the bucket into the path if the host of S3 is an address.
export const HOSTS = {
  s3: 'http://127.0.0.1:9',
  dynamodb: 'http://dynamodb.simulated',
  control: 'http://control.simulated',
} as const;

const WRITES =
  /^(Put|Update|Delete|Transact(Write)|Batch(Write)|Send|Start|Stop|Create|Register|Run|Deregister)/;

/** Starts the services of `local-aws` in this process, on the clock of a simulation. */
export async function startAws(options: AwsOptions) {
  const { simulation, dataDir, credentials } = options;
  const { now } = simulation;
  const asAws = <T>(run: () => T): T => simulation.as(undefined, run);
  const dynamodb = await openDynamoDb({
    ...accountRegion,
    dataDir: undefined,
    now,
    interceptors: [],
  });
  const s3 = openS3({ region: REGION, credentials: createCredentialLookup([credentials]) });
  const clock = {
    now,
    at: (time: number, run: () => void) => asAws(() => simulation.after(time - now(), run)),
  };
  const queues = createQueues({ ...accountRegion, dataDir: join(dataDir, 'sqs'), clock });
  const bus = createEventBus({
    ...accountRegion,
    rules: [settleRule(queues)],
    plan: options.deliveries,
  });
  const ecs = createEcs({ ...accountRegion, dataDir: join(dataDir, 'ecs'), runner: options.runner, now });
  const states = createStepFunctions({
    ...accountRegion,
    dataDir: join(dataDir, 'stepfunctions'),
    integrations: {
      invokeFunction: options.invoke,
      async startTask(taskArguments, token) {
        await options.beforeTask();
        return ecs.startTask(taskArguments, token);
      },
      waitForTask: ecs.waitForTask,
      essentialContainers: ecs.essentialContainers,
      stopTask: ecs.stopTask,
    },
    emit: (event) => void bus.put({ ...event, time: new Date(event.time) }),
    now,
  });
  const services = [states.service, ecs.service, queues.service];

  const respond = async (work: () => unknown): Promise<ReceivedResponse> => {
    try {
      return jsonResponse(200, (await work()) ?? {});
    } catch (error) {
      if (!(error instanceof AwsError))
        return jsonResponse(500, { __type: 'InternalServerError', message: `${error}` });
      return jsonResponse(error.status, { ...error.fields, __type: error.code, message: error.message });
    }
  };
  const perform = (request: SentRequest, call: AwsCall): Promise<ReceivedResponse> => {
    if (call.service === 's3') return simulation.really(() => sendTo(s3, request));
    const input = options.plant ? options.plant(call) : call.input;
    if (input === undefined) return Promise.resolve(jsonResponse(200, {}));
    const { operation } = call;
    const { accessKeyId } = credentials;
    if (call.service === 'dynamodb')
      return respond(() => simulation.really(() => dynamodb.perform({ operation, input, accessKeyId })));
    const found = services.find(({ signingName }) => signingName === call.service)?.operations[operation];
    return respond(() => {
      if (!found) throw new AwsError('UnknownOperationException', `unknown operation '${operation}'`);
      return asAws(() => found(call.input, { accessKeyId, signal: new AbortController().signal }));
    });
  };

  return {
    endpoints: { dynamodb: HOSTS.dynamodb, s3: HOSTS.s3, control: HOSTS.control, ses: HOSTS.control },
    queues,
    ecs,
    states,
    dynamodb,
    /** Which call a request makes. */
    callOf(request: SentRequest): AwsCall {
      const target = request.headers['x-amz-target'];
      if (target === undefined) {
        const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
        const key = request.path.split('/').slice(2).join('/');
        return { service: 's3', operation: `${request.method} ${key}`, isWrite, input: {} };
      }
      const [prefix = '', operation = ''] = target.split('.');
      const found = services.find(({ target: known }) => known === prefix);
      const service = found?.signingName ?? 'dynamodb';
      const input = JSON.parse(textOf(request));
      return { service, operation, isWrite: WRITES.test(operation), input };
    },
    perform,
    /** Closes everything; the simulation must go on until it is done. */
    async close(): Promise<void> {
      await Promise.all([asAws(() => states.close()), asAws(() => ecs.close()), asAws(() => bus.close())]);
      queues.close();
      await dynamodb.close();
      s3.close();
    },
  };
}

const jsonResponse = (statusCode: number, document: unknown): ReceivedResponse => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(document)),
});

async function sendTo(s3: ReturnType<typeof openS3>, request: SentRequest): Promise<ReceivedResponse> {
  const { method, headers } = request;
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { status, ...received } = await s3.send({
    method,
    url: targetOf(request),
    headers: Object.fromEntries(lowerCase),
    body: bodyOf(request),
  });
  return { statusCode: status, ...received };
}
