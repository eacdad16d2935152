import { afterEach, describe, expect, it } from 'vitest';
import { FunctionError, InvokeError } from '../../lambda/errors.ts';
import type { FunctionHost, LambdaContext } from '../../lambda/function-host.ts';
import { createInProcessFunctions, type InProcessOptions } from '../../lambda/in-process.ts';

type Handler = (event: unknown, context: LambdaContext) => unknown;

const hosts: FunctionHost[] = [];

function hostOf(handler: Handler, options: Partial<InProcessOptions> & { timeoutSeconds?: number } = {}) {
  const { timeoutSeconds = 5, ...rest } = options;
  const host = createInProcessFunctions({
    functions: { probe: { handler, timeoutSeconds, memoryMb: 512 } },
    region: 'eu-west-1',
    accountId: '123456789012',
    ...rest,
  });
  hosts.push(host);
  return host;
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

describe('a function in this process', () => {
  it('receives its own copy of the event, and its result is converted to JSON', async () => {
    const event = { when: new Date(0), left: undefined, nested: { count: 1 } };
    const host = hostOf((received) => {
      if (typeof received === 'object' && received !== null) Object.assign(received, { changed: true });
      return { received, missing: undefined, when: new Date(1) };
    });

    const response = await host.invoke('probe', event);

    expect(response).toEqual({
      received: { when: '1970-01-01T00:00:00.000Z', nested: { count: 1 }, changed: true },
      when: '1970-01-01T00:00:00.001Z',
    });
    expect(event).not.toHaveProperty('changed');
  });

  it('returns null when the handler returns undefined', async () => {
    expect(await hostOf(() => undefined).invoke('probe', {})).toBeNull();
  });

  it.each([
    'probe',
    'probe:$LATEST',
    '123456789012:function:probe',
    'arn:aws:lambda:eu-west-1:123456789012:function:probe',
    'arn:aws:lambda:eu-west-1:123456789012:function:probe:live',
  ])('is found as %s', async (name) => {
    expect(await hostOf(() => 'here').invoke(name, {})).toBe('here');
  });

  it.each([
    'other',
    'not a name',
    '__proto__',
    'arn:aws:lambda:us-east-1:123456789012:function:probe',
    'arn:aws:lambda:eu-west-1:999999999999:function:probe',
  ])('is not found as %s', async (name) => {
    const rejection = await hostOf(() => 'here')
      .invoke(name, {})
      .catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(InvokeError);
    expect(rejection).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  it('receives a context with its name, ARN, log stream and remaining time', async () => {
    const contexts: LambdaContext[] = [];
    const remaining: number[] = [];
    const host = hostOf((_event, context) => {
      contexts.push(context);
      remaining.push(context.getRemainingTimeInMillis());
    });

    await host.invoke('probe', {});
    await host.invoke('arn:aws:lambda:eu-west-1:123456789012:function:probe:live', {});

    expect(contexts[0]).toMatchObject({
      functionName: 'probe',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:probe',
      memoryLimitInMB: '512',
      logGroupName: '/aws/lambda/probe',
    });
    expect(contexts[0]?.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    expect(contexts[0]?.awsRequestId).not.toBe(contexts[1]?.awsRequestId);
    expect(contexts[1]?.invokedFunctionArn).toMatch(/:function:probe:live$/);
    expect(remaining[0]).toBeGreaterThan(0);
    expect(remaining[0]).toBeLessThanOrEqual(5_000);
  });

  it('fails with name, message and trace of the thrown error', async () => {
    const host = hostOf(() => {
      throw new RangeError('too far');
    });

    const failure = await host.invoke('probe', {}).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(FunctionError);
    const document: unknown = JSON.parse(JSON.stringify(failure));
    expect(document).toEqual({
      errorType: 'RangeError',
      errorMessage: 'too far',
      trace: expect.arrayContaining(['RangeError: too far']),
    });
  });

  it('fails with the type of a thrown value that is not an Error', async () => {
    const failure = await hostOf(() => Promise.reject('plain'))
      .invoke('probe', {})
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ errorType: 'string', errorMessage: 'plain', trace: [] });
  });

  it('fails when its result cannot be converted to JSON', async () => {
    const failure = await hostOf(() => ({ big: 1n }))
      .invoke('probe', {})
      .catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(FunctionError);
    expect(failure).toMatchObject({ errorType: 'TypeError' });
  });

  it("fails with Lambda's error when it times out, and its late result is dropped", async () => {
    let finish: (value: unknown) => void = () => {};
    const host = hostOf(
      () =>
        new Promise((_resolve, reject) => {
          finish = reject;
        }),
      { timeoutSeconds: 0.05 },
    );

    const failure = await host.invoke('probe', {}).catch((error: unknown) => error);
    finish(new Error('late'));

    expect(failure).toMatchObject({ errorType: 'Sandbox.Timedout', trace: [] });
    expect(String(failure)).toMatch(/RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.05 seconds/);
  });

  it('accepts an event of exactly 6 MB and rejects one byte more', async () => {
    const host = hostOf(() => 'taken');
    const limit = 6 * 1024 * 1024;

    expect(await host.invoke('probe', 'x'.repeat(limit - 2))).toBe('taken');
    const rejection = await host.invoke('probe', 'x'.repeat(limit - 1)).catch((e: unknown) => e);

    expect(rejection).toMatchObject({ name: 'RequestTooLargeException', status: 413 });
  });

  it("fails when its result exceeds Lambda's limit in bytes", async () => {
    const host = hostOf(() => 'é'.repeat(3_145_778));
    const failure = await host.invoke('probe', {}).catch((e: unknown) => e);
    expect(failure).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });
});

describe('closing', () => {
  it('waits for running functions and rejects new invocations', async () => {
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const host = hostOf(async () => {
      await gate.promise;
      log.push('handler ended');
    });
    const running = host.invoke('probe', {});

    const closing = host.close().then(() => log.push('closed'));
    const late = host.invoke('probe', {}).catch((error: unknown) => error);
    gate.resolve();
    await Promise.all([running, closing]);

    expect(log).toEqual(['handler ended', 'closed']);
    expect(await late).toMatchObject({ name: 'ServiceException' });
  });

  it('waits only for a limited time', async () => {
    const host = hostOf(() => new Promise(() => {}), { timeoutSeconds: 900, closeGraceMs: 10 });
    void host.invoke('probe', {});
    await expect(host.close()).resolves.toBeUndefined();
  });
});
