import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../shared/client/client.ts';
import { ApiError } from '../../shared/client/error.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { inputs } from '../thoroughness.ts';
import { expectRightRun, expectRightStack } from './restarts/expectations.ts';
import { createServerProcess, type ServerProcess } from './restarts/server-process.ts';
import { installWorkflow, STAGES, type Stage, stepMarks, WORKFLOW } from './restarts/workflow.ts';
import { poll } from './running-stack.ts';

/**
 * The server is killed at different moments of a run and started again with the same data. Most moments are service
 * calls, spread evenly over all calls of an undisturbed run; in the other four, a step runs.
 */
const CALLS = Array.from({ length: inputs(8, 16) }, (_, index) => index);
/** A run makes about 200 calls. Its last calls vary, so their number differs by a few. */
const [FIRST_CALL, LAST_CALLS] = [4, 0.96];
/** Time limit on two processors under load; a run without a restart takes 5 s. */
const MOMENT_TIMEOUT_MS = 180_000;

let server: ServerProcess;
let client: Client;
let marks: ReturnType<typeof stepMarks>;
let undisturbed = 0;
let minutes = 0;
/** Runs by name, which is also the name of their group. */
const runs = new Map<string, string>();
const moments: string[] = [];

beforeAll(async () => {
  server = await createServerProcess();
  await server.start();
  const { url, services } = server.reach();
  await installWorkflow(services, server.folder);
  marks = stepMarks(server.folder);
  const account = { username: 'alice', password: 'password of alice' };
  const anonymous = createClient({ url });
  await anonymous.users.register({ ...account, verify: false });
  const { token } = await anonymous.users.login(account.username, account.password);
  client = createClient({ url, token });
}, MOMENT_TIMEOUT_MS);
afterAll(() => server.remove(), MOMENT_TIMEOUT_MS);

const startRun = (groupId: string, name: string) =>
  client.runs.start(groupId, { arguments: [{ name: 'name', value: name }] });

/**
 * Advances the time of sweep and dispatcher by an hour, so that checks that are due in some minutes happen immediately.
 */
async function letTimePass(): Promise<void> {
  const { services } = server.reach();
  minutes += 60;
  const later = new Date(Date.now() + minutes * 60_000);
  await sweep({ ...services, now: () => later });
  await dispatch(services);
}

const PASS_AFTER_MS = 5_000;

/**
 * Polls until there is a value, and advances the time if this takes long. Returns the value and whether time was
 * advanced.
 */
async function eventually<T>(ask: () => Promise<T | undefined>, complaint: string) {
  let [since, passed] = [Date.now(), false];
  const value = await poll(async () => {
    const found = await ask();
    if (found !== undefined || Date.now() - since < PASS_AFTER_MS) return found;
    await letTimePass();
    [since, passed] = [Date.now(), true];
    return undefined;
  }, complaint);
  return { value, passed };
}

/** Returns the output of post-processing; undefined if a newer post-processing run just replaced it. */
async function fileText(id: string): Promise<string | undefined> {
  try {
    return await (await client.workflows.downloadFile(WORKFLOW, id)).text();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Waits for the end of a run and of all follow-ups, and checks the outcome. */
async function expectRight(name: string, runId: string): Promise<boolean> {
  runs.set(name, runId);
  const ended = await eventually(async () => {
    const run = await client.runs.get(runId);
    return ['SUCCESS', 'ERROR', 'CANCELED'].includes(run.state) ? run : undefined;
  }, `the run ${name} did not end`);
  await expectRightRun(client, ended.value, name);
  const ranked = await eventually(async () => {
    const { postproc } = await client.workflows.get(WORKFLOW);
    if (!postproc?.files?.length || postproc.state !== 'SUCCESS') return undefined;
    const text = await fileText(postproc.files[0]?.id ?? '');
    return text?.includes(`"${name}"`) ? true : undefined;
  }, `post-processing does not include ${name}`);
  await expectRightStack(client, server, runs);
  return ended.passed || ranked.passed;
}

/** Starts a run, breaks the server down with `breakDown`, and checks that the run recovers. */
async function survive(name: string, breakDown: () => Promise<string>): Promise<void> {
  const group = await client.groups.create(WORKFLOW, { name });
  const asked = startRun(group.id, name).catch((error: unknown) => {
    // The server died before it responded.
    if (error instanceof ApiError && /^(connection|answer)\./.test(error.code)) return undefined;
    throw error;
  });
  const moment = await breakDown();
  moments.push(moment);
  await server.start();
  const created = await asked;
  const [stored] = await client.runs.list(group.id);
  // The client got no run, and none exists: the participant starts it again.
  const run = stored ?? (created ? undefined : await startRun(group.id, name));
  if (created) expect(run?.id).toBe(created.id);
  const passed = await expectRight(name, run?.id ?? '');
  process.stdout.write(`${name}: ${moment}${passed ? '; recovered by a later check' : ''}\n`);
}

/** Kills the server at a call, whose number varies slightly between runs. */
async function killAtCall(responds: boolean): Promise<string> {
  await Promise.race([server.died(), pause(30_000)]);
  await server.kill();
  const calls = server.calls();
  const last = calls.at(-1) ?? '';
  const ordinal = calls.filter((call) => call === last).length;
  return `call ${calls.length} of ${undisturbed}, ${last} #${ordinal}${responds ? ', with its response' : ''}`;
}

describe('a server that is killed with SIGKILL in the middle of a run', () => {
  it(
    'completes a run without being killed, to count the calls',
    async () => {
      const group = await client.groups.create(WORKFLOW, { name: 'undisturbed' });
      server.order({ fatalCall: 0, responds: false });
      const { id } = await startRun(group.id, 'undisturbed');
      // The route of the run is not called until the run is done, because its calls would count.
      await eventually(async () => {
        const { postproc } = await client.workflows.get(WORKFLOW);
        return postproc?.state === 'SUCCESS' ? postproc : undefined;
      }, 'post-processing did not end');
      await poll(async () => {
        const before = server.calls().length;
        await pause(1000);
        return server.calls().length === before ? before : undefined;
      }, 'the calls do not end');
      undisturbed = server.calls().length;
      await expectRight('undisturbed', id);
    },
    MOMENT_TIMEOUT_MS,
  );

  it.each(CALLS)(
    'recovers after a kill at a call (%i)',
    async (index) => {
      const share = index / (CALLS.length - 1);
      const fatalCall = Math.round(FIRST_CALL + share * (LAST_CALLS * undisturbed - FIRST_CALL));
      const responds = index % 2 === 1;
      server.order({ fatalCall, responds });
      await survive(`call-${index}`, () => killAtCall(responds));
    },
    MOMENT_TIMEOUT_MS,
  );

  it.each(STAGES)(
    'recovers after a kill while the step %s ran',
    async (stage: Stage) => {
      marks.askToStay(stage);
      await survive(`step-${stage}`, async () => {
        await poll(async () => (marks.stays(stage) ? true : undefined), `the step ${stage} does not run`);
        await server.kill();
        return `inside the step ${stage}`;
      });
    },
    MOMENT_TIMEOUT_MS,
  );

  it('was killed at different moments', () => {
    expect(new Set(moments).size).toBe(CALLS.length + STAGES.length);
  });
});
