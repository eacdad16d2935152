import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { STAGING_PROGRAM_FILE } from '../../infra/aws/code.ts';
import { BASE_PATH } from '../../infra/aws/stage.ts';
import { bundleFunctions } from '../../infra/bundle/functions.ts';
import { bundleStagingProgram } from '../../infra/bundle/staging-program.ts';
import type { FunctionName } from '../../infra/functions.ts';
import { keptBundles } from '../../infra/local/bundles.ts';
import * as local from '../../infra/local/names.ts';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { BUNDLES } from '../caches.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { templateOf } from '../infra/synthesised.ts';
import { deployedLocally } from '../permissions/synthesised-roles.ts';
import { gatewayEvent, queueEvent, scheduledEvent, statusEvent } from './lambda-events.ts';
import { type Deployed, invokeCold, lambdaRuntime } from './lambda-runtime.ts';

const INPUTS = `${BASE_PATH}/${BROKER_PATH}/inputs`;

const lambda = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Timeout: z.number(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** `teardown` is called by neither runs nor requests. */
type DeployedName = FunctionName | 'teardown';

/** Each function's bundle in AWS's own runtime, with only the variables of the template. */
describe("AWS's runtime for Lambda", () => {
  const stack = useStack({ isolate: false });
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-lambda-'));
  let tools: Awaited<ReturnType<typeof lambdaRuntime>>;
  let ids: { workflowId: string; runId: string };

  beforeAll(async () => {
    tools = await lambdaRuntime();
    cpSync(await keptBundles(BUNDLES, { shared: true }), folder, { recursive: true });
    await bundleFunctions(folder, ['teardown']);
    writeFileSync(join(folder, 'next-step', STAGING_PROGRAM_FILE), (await bundleStagingProgram()).text);
    const { token } = await stack.user('alice');
    const workflowId = await stack.install(fixture('hello-world'));
    const run = await stack.greet(await stack.group(workflowId, token, 'Alice'), token, 'Bob\n', [
      { name: 'sleeptime', value: 0 },
    ]);
    ids = { workflowId, runId: (await stack.ended(run.id, token)).id };
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Returns a function of the template of stage `local` that uses the services of the running stack. */
  function functionOf(name: DeployedName): Deployed {
    const template = deployedLocally(templateOf('local', { mailFrom: 'robot@example.org' }));
    const made = template.ofType('AWS::Lambda::Function').map(({ properties }) => lambda.parse(properties));
    const found = made.find((each) => each.FunctionName === `flowserv-${local.STAGE}-${name}`);
    if (!found) throw new Error(`the template has no function ${name}`);
    return {
      name: found.FunctionName,
      folder: join(folder, name),
      handler: found.Handler,
      timeoutSeconds: found.Timeout,
      memoryMb: found.MemorySize,
      environment: { ...here(found.Environment.Variables, name), ...services(name) },
    };
  }

  /** Replaces addresses of queues and paths of Lambda by those of this host. */
  const here = (variables: Readonly<Record<string, string>>, name: string) =>
    Object.fromEntries(
      Object.entries(variables).map(([key, value]) => {
        const path = value.replace('/var/task', join(folder, name));
        return [key, value.startsWith('https://sqs.') ? (stack.operator[key] ?? value) : path];
      }),
    );

  /** Returns the variables that Lambda sets itself, and the endpoints of the services. */
  function services(name: DeployedName) {
    const keys = z
      .record(z.string(), z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }))
      .parse(JSON.parse(readFileSync(join(stack.dataDir, 'keys.json'), 'utf8')));
    const endpoints = Object.entries(stack.operator).filter(([key]) => key.startsWith('AWS_ENDPOINT_URL_'));
    return {
      ...Object.fromEntries(endpoints),
      AWS_REGION: local.REGION,
      AWS_ACCESS_KEY_ID: keys[name]?.accessKeyId ?? 'none',
      AWS_SECRET_ACCESS_KEY: keys[name]?.secretAccessKey ?? 'none',
    };
  }

  const ask = async (name: DeployedName, event: object) =>
    (await invokeCold(tools, functionOf(name), event)).response;
  const queue = (name: string) => `arn:aws:sqs:${local.REGION}:${local.ACCOUNT}:${name}`;
  const done = { batchItemFailures: [] };
  const RULE = `arn:aws:events:${local.REGION}:${local.ACCOUNT}:rule/every-minute`;

  it.each<[FunctionName, string, string, string, object | undefined, number]>([
    ['api', '$default', 'GET', '', undefined, 200],
    ['auth', `POST ${BASE_PATH}/users/login`, 'POST', '/users/login', { username: 'a', password: 'b' }, 404],
    ['runs', `GET ${BASE_PATH}/runs/{runId}`, 'GET', '/runs/unknown', undefined, 403],
    ['broker', `POST ${INPUTS}`, 'POST', `/${BROKER_PATH}/inputs`, {}, 403],
  ])(
    'starts %s, which responds to a request of the gateway',
    async (name, route, method, path, body, status) => {
      const response = await ask(name, gatewayEvent(route, method, `${BASE_PATH}${path}`, body));
      expect(response).toMatchObject({ statusCode: status });
    },
  );

  it('starts teardown, which lets CloudFormation create the stack', async () => {
    const responses: unknown[] = [];
    const server = createServer(async (request, response) => {
      responses.push(JSON.parse(await text(request)));
      response.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const asked = { StackId: 'arn:stack', RequestId: 'r1', LogicalResourceId: 'MadeByRuns' };
    const event = { RequestType: 'Create', ResponseURL: `http://127.0.0.1:${port}/answer`, ...asked };
    await ask('teardown', event);
    const id = `flowserv-${local.STAGE}-made-by-runs`;
    expect(responses).toEqual([{ Status: 'SUCCESS', PhysicalResourceId: id, ...asked }]);
  });

  it.each<[FunctionName, string, () => object]>([
    ['archive', local.queues.archive, () => ids],
    ['leaderboard', local.queues.leaderboard, () => ids],
    ['auth', local.queues.mail, () => ({ kind: 'reset', username: 'nobody', address: '192.0.2.1' })],
    ['sweep', local.queues.purge, () => ({ kind: 'group', id: 'gone' })],
    ['settle-run', local.queues.settle, () => statusEvent(`arn:aws:states:a:b:execution:m:${ids.runId}`)],
  ])('starts %s, which processes a batch of a queue', async (name, from, body) => {
    expect(await ask(name, queueEvent(queue(from), body()))).toEqual(done);
  });

  it.each<[FunctionName, object]>([
    ['dispatch', { started: 0 }],
    ['sweep', { looked: expect.any(Number) }],
  ])('starts %s, which a rule calls each minute', async (name, expected) => {
    expect(await ask(name, scheduledEvent(RULE))).toEqual(expected);
  });

  it.each<[FunctionName, () => object, object]>([
    ['next-step', () => ({ runId: ids.runId, outcome: null }), { action: 'done' }],
    ['settle-run', () => ({ runId: ids.runId }), {}],
  ])('starts %s, which a state machine calls', async (name, input, expected) => {
    expect(await ask(name, input())).toEqual(expected);
  });

  it('reports a missing handler', async () => {
    const wrong = { ...functionOf('api'), handler: 'index.main' };
    await expect(invokeCold(tools, wrong, {})).rejects.toThrow('Runtime.HandlerNotFound');
  });
});
