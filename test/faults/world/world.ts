import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ACCOUNT,
  type FunctionName,
  functionName,
  functionNames,
  queues as queueNames,
} from '../../../infra/local/names.ts';
import { createResources } from '../../../infra/local/resources.ts';
import { functionEnvironment } from '../../../infra/local/settings.ts';
import { createRouter } from '../../../shared/api/match.ts';
import { BROKER_PATH, brokerRoutes } from '../../../shared/api/routes/broker.ts';
import type { Endpoint } from '../../../shared/api/routes/route.ts';
import { allRoutes } from '../../../shared/api/routes.ts';
import { readConfig } from '../../../shared/config.ts';
import { createServices, type Services } from '../../../shared/services/services.ts';
import { gatewayEvent } from '../../witnesses/lambda-events.ts';
import { createFaultPlan } from '../fault-plan.ts';
import type { History } from '../history.ts';
import { type AwsCall, type AwsOptions, HOSTS, startAws } from './aws.ts';
import { replaceBuiltins } from './builtins.ts';
import { createFunctions } from './functions.ts';
import { type ReceivedResponse, replaceHttp, replaceSending, type SentRequest } from './requests.ts';
import { createSimulation, currentContext } from './simulation.ts';
import { createTasks, type TasksOptions } from './tasks.ts';
import { createTriggers } from './triggers.ts';

const API = 'api.simulated';
const BASE = '/flowserv/api/v1';
/** The first moment of every simulation. */
const START = Date.UTC(2026, 10, 30, 20);
/** Longest time that a client waits for a response: the gateway's. */
const GATEWAY_MS = 30_000;
/** Time that the services need to close. */
const CLOSING_MS = 60 * 60_000;
/** Milliseconds that the harness waits for real work in which nothing of the simulation happens. */
const MOST_WAITS = 20_000;

export interface WorldOptions extends Pick<TasksOptions, 'stepOf'>, Pick<AwsOptions, 'plant'> {
  readonly seed: number;
  /** Settings of the stack, as environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A response of the API; status 0 if none arrived. */
export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: responses are read freely, and unexpected ones fail
  readonly json: any;
}

export interface ApiRequest {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Opens a whole stack in this process, on a virtual clock, with the faults of a seed. One at a time may be open. */
export async function openWorld({ seed, env = {}, stepOf, plant }: WorldOptions) {
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-faults-'));
  const simulation = createSimulation(seed, START);
  const plan = createFaultPlan(simulation);
  const credentials = { accessKeyId: 'SIMULATED0000000000A', secretAccessKey: 'no secret' };
  const brokerUrl = `http://${API}${BASE}/${BROKER_PATH}`;
  const tasks = createTasks({ simulation, plan, brokerUrl, stepOf });
  const aws = await simulation.as(undefined, () =>
    startAws({
      simulation,
      dataDir,
      credentials,
      runner: tasks.runner,
      plant,
      deliveries: () => plan.deliveries(),
      invoke: (name, payload) => functions.invoke(shortName(name), payload),
      async beforeTask() {
        await simulation.sleep(plan.callDelay());
        if (plan.rejectsTask())
          throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
      },
    }),
  );
  const url = (name: string) => `${HOSTS.control}/${ACCOUNT}/${name}`;
  const { archive, install, leaderboard, mail, purge, dispatch, notify, remote } = queueNames;
  const queueUrls = {
    archive: url(archive),
    install: url(install),
    leaderboard: url(leaderboard),
    mail: url(mail),
    purge: url(purge),
    dispatch: url(dispatch),
    notify: url(notify),
    remote: url(remote),
  };
  const stagingProgram = join(dataDir, 'staging-program');
  writeFileSync(stagingProgram, '// Containers are played by `tasks.ts`.');
  const settings = functionEnvironment(
    env,
    { ...aws.endpoints, broker: brokerUrl },
    queueUrls,
    credentials,
    stagingProgram,
  );
  const config = readConfig(settings);
  const functions = createFunctions({ simulation, plan, environment: () => settings });
  const triggers = createTriggers({ simulation, plan, functions, queues: aws.queues });
  const router = createRouter<Endpoint>([...allRoutes, ...brokerRoutes], BASE);
  let calls = 0;
  let history: History | undefined;

  /** Does what a call asks for. */
  const perform = async (request: SentRequest, call: AwsCall): Promise<ReceivedResponse> => {
    const response = await aws.perform(request, call);
    if (history && call.isWrite && response.statusCode === 200) {
      await simulation.as(undefined, () => history?.observe(services, call));
    }
    return response;
  };

  /** A call of an AWS service, with the faults of the plan. */
  const callAws = async (request: SentRequest): Promise<ReceivedResponse> => {
    calls += 1;
    const context = currentContext();
    const call = aws.callOf(request);
    if (context?.process === undefined) return aws.perform(request, call);
    const { process } = context;
    const fault = plan.callFault(process.name, call);
    if (fault === 'killed before') return die(process.kill);
    const delay = plan.callDelay() + (fault === 'slow' ? plan.slowDelay() : 0);
    // A request that was sent arrives, even if its sender dies meanwhile.
    await simulation.as(undefined, () => simulation.sleep(delay));
    if (fault === 'rejected') return rejection(call.service);
    const response = await perform(request, call);
    if (fault === 'killed after') return die(process.kill);
    await simulation.sleep(plan.callDelay());
    if (fault === 'response lost') throw connectionReset();
    return response;
  };

  /** A request to the API, as API Gateway passes it on. */
  const callApi = async (
    method: string,
    path: string,
    headers: Headers,
    body: string,
  ): Promise<ReceivedResponse> => {
    const { route } = router(method, path);
    const event = gatewayEvent('$default', method, path) as { readonly headers: Headers };
    const full = { ...event, headers: { ...event.headers, ...headers }, ...(body === '' ? {} : { body }) };
    const late = simulation.sleep(GATEWAY_MS).then(() => ({ statusCode: 504 }));
    const answered = functions.invoke(route.function, full).catch(() => ({ statusCode: 500 }));
    const response = (await Promise.race([answered, late])) as { statusCode: number; body?: string };
    return { statusCode: response.statusCode, headers: {}, body: Buffer.from(response.body ?? '{}') };
  };

  const send = async (request: SentRequest): Promise<ReceivedResponse> => {
    if (request.hostname !== API) return callAws(request);
    const { method, path, headers, body } = request;
    const process = currentContext()?.process;
    await simulation.sleep(plan.callDelay());
    const response = await simulation.as(undefined, () => callApi(method, path, headers, String(body ?? '')));
    if (plan.answerLost(`${path} of ${process?.name ?? 'a client'}`)) throw connectionReset();
    return response;
  };

  const restores = [replaceBuiltins(), replaceSending(callAws), replaceHttp(send)];
  const services: Services = createServices(config, () => new Date(simulation.now()));
  await simulation.as(undefined, () => createResources(config, { expiry: false }));

  return {
    simulation,
    plan,
    aws,
    tasks,
    triggers,
    services,
    functionCalls: functions.count,
    awsCalls: () => calls,
    /**
     * Lets time pass until work is done.
     *
     * @throws Error if it is not done after a time in milliseconds
     */
    async drive<T>(work: () => Promise<T>, longest = GATEWAY_MS): Promise<T> {
      const until = simulation.now() + longest;
      let done = false;
      const result = simulation.as(undefined, work).finally(() => {
        done = true;
      });
      result.catch(() => {});
      for (let waits = 0; !done && waits < MOST_WAITS && simulation.now() < until; ) {
        if (await simulation.step(until)) continue;
        // The work reads a file or hashes a password, which the simulation does not see.
        waits += 1;
        await realPause();
      }
      if (!done) throw new Error('the simulation waits for something that does not happen');
      return result;
    },
    /** From now on, faults may happen, queues and schedules call functions, and the states of runs are recorded. */
    begin(recorder: History, faults: boolean): void {
      history = recorder;
      if (faults) plan.begin();
      triggers.begin();
    },
    /** Calls an operation of Step Functions, ECS or SQS. */
    async call(service: string, operation: string, input: Readonly<Record<string, unknown>>) {
      const request = { method: 'POST', hostname: '', path: '/', headers: {} };
      const { statusCode, body } = await aws.perform(request, { service, operation, isWrite: false, input });
      if (statusCode !== 200) throw new Error(`${operation}: ${body}`);
      return JSON.parse(String(body));
    },
    /** Sends a request of a client. */
    async request(
      method: string,
      path: string,
      { token, body, headers = {} }: ApiRequest = {},
    ): Promise<Reply> {
      const name = `${method} ${path}`;
      await simulation.sleep(plan.callDelay());
      if (plan.requestLost(name)) return { status: 0, json: undefined };
      const sent = { ...headers, ...(token === undefined ? {} : { api_key: token }) };
      const response = await callApi(method, `${BASE}${path}`, sent, body ? JSON.stringify(body) : '');
      await simulation.sleep(plan.callDelay());
      if (plan.answerLost(name)) return { status: 0, json: undefined };
      return { status: response.statusCode, json: JSON.parse(String(response.body)) };
    },
    /** The names of all executions that are not closed. */
    async openExecutions(): Promise<string[]> {
      const { stateMachines } = await this.call('states', 'ListStateMachines', {});
      const names: string[] = [];
      for (const { stateMachineArn } of stateMachines) {
        const open = { stateMachineArn, statusFilter: 'RUNNING' };
        const { executions } = await this.call('states', 'ListExecutions', open);
        names.push(...executions.map(({ name }: { readonly name: string }) => name));
      }
      return names;
    },
    async close(): Promise<void> {
      try {
        // What still runs after a failure waits for the simulation.
        await this.drive(() => aws.close(), CLOSING_MS);
      } finally {
        for (const restore of restores) restore();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  };
}

const pause = setTimeout;
const realPause = () => new Promise<void>((resolve) => void pause(resolve, 1));

type Headers = Readonly<Record<string, string>>;

/** Nothing of a dead process goes on. */
function die(kill: (reason: string) => void): Promise<never> {
  kill('Runtime.ExitError');
  return new Promise(() => {});
}

const connectionReset = () =>
  Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });

/** How each service says that it has too many requests. */
function rejection(service: string): ReceivedResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  if (service === 's3') {
    const body = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
    return { statusCode: 503, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
  }
  const code = service === 'dynamodb' ? 'ThrottlingException' : 'ServiceUnavailable';
  const document = { __type: code, message: 'Rate exceeded' };
  return {
    statusCode: service === 'dynamodb' ? 400 : 503,
    headers,
    body: Buffer.from(JSON.stringify(document)),
  };
}

const names = new Map(functionNames.map((name) => [functionName(name), name]));

/** The function of a name or an ARN. */
function shortName(name: string): FunctionName {
  const found = names.get(name.split(':').at(-1) ?? '');
  if (!found) throw new Error(`no function '${name}'`);
  return found;
}
