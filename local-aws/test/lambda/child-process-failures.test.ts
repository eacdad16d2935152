import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, failureOf, hostOf, isAlive } from './child-process-probe.ts';

describe('a function that crashes or times out', () => {
  it('is killed when it times out, even in an endless loop', async () => {
    const host = hostOf({ timeoutSeconds: 2 });
    const { pid } = await ask(host, 'process');

    const failure = await failureOf(ask(host, 'spin'));

    expect(failure).toMatchObject({ errorType: 'Sandbox.Timedout', trace: [] });
    expect(String(failure)).toMatch(/RequestId: [0-9a-f-]{36} Error: Task timed out after 2\.00 seconds/);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
    expect(await ask(host, 'process')).toMatchObject({ calls: 1 });
  });

  it.each([
    ['exit', { code: 3 }, 'Runtime exited with error: exit status 3'],
    ['exit', { code: 0 }, 'Runtime exited without providing a reason'],
    ['kill', {}, 'Runtime exited with error: signal: killed'],
  ])(
    'causes an error for a crash by %s %j, and the next event gets a new process',
    async (action, more, message) => {
      const host = hostOf();
      const { pid } = await ask(host, 'process');

      const failure = await failureOf(ask(host, action, more));

      expect(failure).toMatchObject({ errorType: 'Runtime.ExitError', trace: [] });
      expect(String(failure)).toMatch(new RegExp(`RequestId: [0-9a-f-]{36} Error: ${message}$`));
      expect(await ask(host, 'process')).toMatchObject({
        calls: 1,
        pid: expect.toSatisfy((own) => own !== pid),
      });
    },
  );

  it('does not affect other invocations', async () => {
    const host = hostOf();
    const other = ask(host, 'sleep', { ms: 1_000 });

    await failureOf(ask(host, 'exit', { code: 1 }));

    expect(await other).toHaveProperty('pid');
  });

  it('is replaced by a new process for waiting invocations', async () => {
    const host = hostOf({}, { maxProcesses: 1 });
    const crash = failureOf(ask(host, 'exit', { code: 1 }));
    const next = ask(host, 'process');
    expect(await crash).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(await next).toMatchObject({ calls: 1 });
  });

  it.each([
    ['throwLater', { errorType: 'TypeError', errorMessage: 'not caught' }],
    ['rejectLater', { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: not awaited' }],
  ])(
    'causes an error for an uncaught error (%s), and the next event gets a new process',
    async (action, expected) => {
      const host = hostOf();
      const failure = await failureOf(ask(host, action));
      expect(failure).toMatchObject(expected);
      expect(await ask(host, 'process')).toMatchObject({ calls: 1 });
    },
  );

  it('is aborted when its memory is full', async () => {
    const host = hostOf({ memoryMb: 64 });
    const failure = await failureOf(ask(host, 'fillMemory'));
    expect(failure).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(String(failure)).toContain('Runtime exited with error: signal: aborted');
    expect(await ask(host, 'echo', { value: 'again' })).toBe('again');
  });
});

describe('a function that cannot be loaded', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'local-functions-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['throw new RangeError("no table");', { errorType: 'RangeError', errorMessage: 'no table' }],
    ['export const other = 1;', { errorType: 'Runtime.HandlerNotFound' }],
    [
      'import "./missing.mjs"; export const handler = () => 1;',
      { errorType: 'Runtime.ImportModuleError', errorMessage: expect.stringContaining('missing.mjs') },
    ],
    ['export const handler = ;', { errorType: 'SyntaxError' }],
    ['process.exit(7); export const handler = () => 1;', { errorType: 'Runtime.ExitError' }],
  ])('causes an error with the reason: %s', async (text, expected) => {
    const file = join(mkdtempSync(join(folder, 'function-')), 'index.mjs');
    writeFileSync(file, text);
    const host = hostOf({ file });
    expect(await failureOf(ask(host, 'echo'))).toMatchObject(expected);
    expect(await failureOf(ask(host, 'echo'))).toMatchObject(expected);
  });
});
