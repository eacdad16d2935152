import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { FunctionError } from '../../lambda/errors.ts';
import { ask, failureOf, hostOf, isAlive, probe } from './child-process-probe.ts';

describe('a function in a child process', () => {
  it('receives its event from JSON, and its result is converted to JSON', async () => {
    const host = hostOf();

    expect(await ask(host, 'echo', { value: { when: new Date(0), left: undefined } })).toEqual({
      when: '1970-01-01T00:00:00.000Z',
    });
    expect(await ask(host, 'echo')).toBeNull();
  });

  it('has only its own environment variables and those that Lambda sets', async () => {
    vi.stubEnv('TEST_SECRET', 'of the parent');
    const host = hostOf({ environment: { STAGE: 'local', AWS_REGION: 'overwritten' } });

    const environment = await ask(host, 'environment');
    vi.unstubAllEnvs();

    expect(environment).toEqual({
      STAGE: 'local',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/probe',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      AWS_REGION: 'eu-west-1',
      LAMBDA_TASK_ROOT: dirname(probe),
      LANG: 'en_US.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      TZ: ':UTC',
      _HANDLER: 'index.handler',
    });
  });

  it('keeps its compiled code in the given folder, which it does not see', async () => {
    const compileCache = mkdtempSync(join(tmpdir(), 'flowserv-compiled-'));
    const host = hostOf({}, { compileCache });
    expect(await ask(host, 'environment')).not.toHaveProperty('NODE_COMPILE_CACHE');
    // The next call waits until the process has written the folder.
    await ask(host, 'echo');

    const files = readdirSync(compileCache, { recursive: true, withFileTypes: true });

    rmSync(compileCache, { recursive: true });
    expect(files.filter((file) => file.isFile()).length).toBeGreaterThan(1);
  });

  it('receives a context with its name, ARN, log stream and remaining time', async () => {
    const host = hostOf({ timeoutSeconds: 7 });
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:probe:live';

    const context = await host.invoke(arn, { action: 'context' });

    expect(context).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'probe',
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupName: '/aws/lambda/probe',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      remaining: expect.any(Number),
    });
    expect(context).toHaveProperty(
      'remaining',
      expect.toSatisfy((ms) => ms > 0 && ms <= 7_000),
    );
  });

  it('keeps its process between events, and runs in its own folder', async () => {
    const host = hostOf();

    const first = await ask(host, 'process');
    const second = await ask(host, 'process');

    expect(first.pid).not.toBe(process.pid);
    expect(second).toEqual({ ...first, calls: 2 });
    expect(first.cwd).toBe(dirname(probe));
    expect(first.options).toBe('--max-old-space-size=230');
  });

  it('fails with name, message and trace of the thrown error, and can run again', async () => {
    const host = hostOf();

    const failure = await failureOf(ask(host, 'fail'));

    expect(failure).toBeInstanceOf(FunctionError);
    expect(JSON.parse(JSON.stringify(failure))).toEqual({
      errorType: 'RangeError',
      errorMessage: 'too far',
      trace: expect.arrayContaining(['RangeError: too far']),
    });
    expect(await ask(host, 'process')).toMatchObject({ calls: 2 });
  });

  it("fails when its result exceeds Lambda's limit in bytes", async () => {
    const host = hostOf();
    const failure = await failureOf(ask(host, 'large', { length: 3_145_778 }));
    expect(failure).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
    expect(await ask(host, 'large', { length: 3_145_777 })).toHaveLength(3_145_777);
  });

  it('accepts an event of exactly 6 MB and rejects one byte more', async () => {
    const host = hostOf();
    const room = 6 * 1024 * 1024 - JSON.stringify({ action: 'echo', value: '' }).length;

    expect(await ask(host, 'echo', { value: 'x'.repeat(room) })).toHaveLength(room);
    const rejection = await failureOf(ask(host, 'echo', { value: 'x'.repeat(room + 1) }));

    expect(rejection).toMatchObject({ name: 'RequestTooLargeException', status: 413 });
  });

  it('has its output forwarded line by line, with its name', async () => {
    const output: string[] = [];
    const host = hostOf({}, { onOutput: (name, line) => output.push(`${name}: ${line}`) });

    await ask(host, 'say', { lines: ['one', 'zwölf', ''] });
    await host.close();

    expect(output.toSorted()).toEqual([
      'probe: one',
      'probe: to the error output, without a line end',
      'probe: zwölf',
    ]);
  });
});

describe('concurrent invocations', () => {
  it('each have a process, which is reused', async () => {
    const host = hostOf();
    const together = async () => {
      const responses = await Promise.all([1, 2, 3].map(() => ask(host, 'sleep', { ms: 500 })));
      return new Set(responses.map(({ pid }) => pid));
    };

    const first = await together();
    const second = await together();

    expect(first.size).toBe(3);
    expect(second).toEqual(first);
  });

  it('wait when all processes are busy, and are rejected when too many wait', async () => {
    const host = hostOf({}, { maxProcesses: 2, maxWaiting: 1 });

    const responses = await Promise.allSettled([1, 2, 3, 4].map(() => ask(host, 'sleep', { ms: 300 })));

    const pids = responses.flatMap((response) =>
      response.status === 'fulfilled' ? [response.value.pid] : [],
    );
    expect(pids).toHaveLength(3);
    expect(new Set(pids).size).toBe(2);
    expect(responses[3]).toMatchObject({
      status: 'rejected',
      reason: { name: 'TooManyRequestsException', status: 429 },
    });
  });

  it('leave idle processes, which end after a time', async () => {
    const host = hostOf({}, { idleMs: 50 });
    const { pid } = await ask(host, 'process');

    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });

    expect((await ask(host, 'process')).pid).not.toBe(pid);
  });
});

describe('closing', () => {
  it('waits for running functions and ends all processes', async () => {
    const host = hostOf();
    const idle = (await ask(host, 'process')).pid;
    const running = [1, 2].map(() => ask(host, 'sleep', { ms: 300 }));

    await host.close();

    const pids = (await Promise.all(running)).map(({ pid }) => pid);
    expect(pids).toContain(idle);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await failureOf(ask(host, 'process'))).toMatchObject({ name: 'ServiceException' });
  });

  it('kills functions that do not end, and rejects waiting invocations', async () => {
    const host = hostOf({}, { closeGraceMs: 20, maxProcesses: 1 });
    const { pid } = await ask(host, 'process');
    const running = failureOf(ask(host, 'spin'));
    const waiting = failureOf(ask(host, 'echo'));

    await host.close();

    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(await waiting).toMatchObject({ name: 'ServiceException' });
  });

  it('is not needed when the host is killed: its processes end automatically', async () => {
    const program = fileURLToPath(new URL('./orphans.ts', import.meta.url));
    const parent = spawn(process.execPath, [program, probe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data');
    const { pid } = JSON.parse(String(line));
    const before = isAlive(pid);

    parent.kill('SIGKILL');

    expect(before).toBe(true);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});
