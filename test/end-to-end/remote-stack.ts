import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { cliWith } from '../bin/run-cli.ts';
import { REANA_TOKEN } from '../remote-engines/reana-server/server.ts';
import { useReana } from '../remote-engines/use-reana.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

export const ENGINE = 'cern';
const WORD_COUNT = new URL('../../examples/word-count', import.meta.url).pathname;

/**
 * Runs a stack with word-count installed on its engine `ENGINE`.
 *
 * @param token of the engines
 * @param engines their settings, with the file of the token
 */
export function useEngineStack(token: string, engines: (tokenFile: string) => readonly object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-token-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${token}\n`);
  afterAll(() => rmSync(folder, { recursive: true }));
  const stack = useStack({
    env: () => ({
      FLOWSERV_ENGINES: JSON.stringify(engines(tokenFile)),
      FLOWSERV_QUOTA_ACTIVE_RUNS: '5',
    }),
    check: 'consistency',
  });
  const installed = { workflow: '', group: '', token: '' };
  beforeAll(async () => {
    const { token: session } = await stack.user('alice');
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
    const planned = await flowserv(`workflows create ${WORD_COUNT} --engine ${ENGINE} --dry-run`);
    expect(planned.stdout).toContain('State machines   : none');
    const { stdout } = await flowserv(`workflows create ${WORD_COUNT} --engine ${ENGINE}`);
    const workflow = stdout.trim().split('=')[1] ?? '';
    Object.assign(installed, {
      workflow,
      token: session,
      group: await stack.group(workflow, session, 'Team'),
    });
  });
  afterEach(() => {
    expect(stack.faults).toEqual([]);
  });

  const begin = async (args: readonly object[] = [], group = installed.group): Promise<string> => {
    const body = { arguments: args };
    const options = { token: installed.token, body };
    const { json, status } = await stack.request('POST', `/groups/${group}/runs`, options);
    expect(status).toBe(201);
    return json.id;
  };
  /** Calls the function of remote runs until the condition holds, as the sweep does each minute. */
  const advance = async <T>(runId: string, ask: () => Promise<T | undefined>, engine = ENGINE): Promise<T> =>
    poll(async () => {
      await stack.services.messages.remoteRun({ runId, engine });
      return ask();
    }, `run ${runId} did not get there`);
  const handle = async (runId: string) =>
    (await stack.request('GET', `/runs/${runId}`, { token: installed.token })).json;
  const endOf = (runId: string, engine?: string) =>
    advance(
      runId,
      async () => {
        const run = await handle(runId);
        return ['SUCCESS', 'ERROR', 'CANCELED'].includes(run.state) ? run : undefined;
      },
      engine,
    );
  return { stack, installed, begin, advance, handle, endOf };
}

/** Runs a REANA server, and a stack whose second engine, `trusted`, may get private files. */
export function useRemoteStack() {
  const reana = useReana();
  const engines = (tokenFile: string) => {
    const engine = { kind: 'reana', url: reana.url, tokenFile };
    return [
      { ...engine, id: ENGINE },
      { ...engine, id: 'trusted', privateFiles: true },
    ];
  };
  const used = useEngineStack(REANA_TOKEN, engines);
  afterEach(() => {
    reana.resume();
    expect(reana.faults).toEqual([]);
  });
  const workflowsOf = (runId: string) => reana.workflows.filter(({ name }) => name === `flowserv-${runId}`);
  return { ...used, reana, workflowsOf };
}
