import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitForStep } from '../../shared/staging/step-end.ts';
import { portOf } from './broker-server.ts';

let log: string;
let server: Server;
let reported: { readonly status: number; readonly step: object };

beforeEach(async () => {
  log = mkdtempSync(join(tmpdir(), 'flowserv-log-'));
  mkdirSync(join(log, 'end'));
  reported = { status: 200, step: { KnownStatus: 'RUNNING' } };
  server = createServer((_request, response) => {
    response.statusCode = reported.status;
    response.end(
      JSON.stringify({ DesiredStatus: 'RUNNING', Containers: [{ Name: 'step', ...reported.step }] }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
  rmSync(log, { recursive: true });
});

/** Waits on a clock that advances by this many seconds with each request; returns the end and the elapsed seconds. */
async function wait(secondsPerRequest: number) {
  let seconds = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    seconds += secondsPerRequest;
    return seconds * 1000;
  });
  const end = await waitForStep({
    metadata: `http://127.0.0.1:${portOf(server)}/v4/warden`,
    container: 'step',
    log,
    deadlineSeconds: 86_400,
    stop: new AbortController().signal,
  });
  return { end, seconds };
}

const mark = () => writeFileSync(join(log, 'end', 'mark'), '');

describe('the wait for the end of a step', () => {
  it.each([
    ['reports that the step runs', { status: 200, step: { KnownStatus: 'RUNNING' } }],
    ['reports nothing', { status: 500, step: {} }],
  ])('ends five minutes after the marker file of the script if the endpoint %s', async (_what, said) => {
    reported = said;
    mark();
    const { end, seconds } = await wait(30);
    expect(end).toEqual({ kind: 'not-stopped' });
    expect(seconds).toBeGreaterThan(300);
    expect(seconds).toBeLessThan(500);
  });

  it('continues without a marker file until the deadline', async () => {
    const { end, seconds } = await wait(7200);
    expect(end).toEqual({ kind: 'deadline' });
    expect(seconds).toBeGreaterThan(86_400);
  });

  it('ends when the endpoint reports that the step stopped', async () => {
    mark();
    setTimeout(() => {
      reported = { status: 200, step: { KnownStatus: 'STOPPED', ExitCode: 0 } };
    }, 100);
    expect((await wait(20)).end).toMatchObject({ kind: 'exited', exitCode: 0 });
  });
});
