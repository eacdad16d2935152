import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { ALL_RESULTS, installTemplate, oneStep, SCORES } from '../end-to-end/install-template.ts';
import { storeUser } from '../end-to-end/known-user.ts';
import type { World } from './world/world.ts';

const GROUPS = 5;
const RUNS_PER_GROUP = 4;
/** The limits of the contest; a group meets both within the scenario. */
export const LIMITS = { runsPerDay: 6, runs: 8, runsAtOnce: 2 };
/** vCPUs of the stage: fewer than all groups together may use. */
export const CAPACITY = 3;
export const WORKFLOW = 'FAULTS';

/** One attempt of a participant to start a run, with all repetitions. */
interface Attempt {
  readonly key: string;
  /** Ids of the runs in its responses. */
  readonly ids: Set<string>;
  /** `unknown` if the participant gave up without a response. */
  outcome: 'started' | 'refused' | 'unknown';
}

interface Participant {
  readonly groupId: string;
  readonly token: string;
  readonly attempts: Attempt[];
  /** Runs whose deletion was confirmed. */
  readonly removed: Set<string>;
}

/** What the participants of a scenario saw. */
export interface Scenario {
  readonly participants: readonly Participant[];
  /** Responses that no participant may get. */
  readonly complaints: string[];
}

/** The score of a run depends on its id alone, so it can be calculated again. */
export const scoreOf = (runId: string): number => Number.parseInt(runId.slice(-6), 16) / 2 ** 24;

const template = oneStep(
  [`echo '{}' > result.json`],
  `${SCORES}${ALL_RESULTS}  outputs:\n    - source: all.txt\n`,
  ['result.json'],
);

/** Installs a contest, and creates its users and groups, one of each for each participant. */
export async function prepareContest(
  world: World,
  groups = GROUPS,
  limits: Readonly<Record<string, number>> = LIMITS,
): Promise<Scenario> {
  const { services } = world;
  const install = async (folder: string, options: object) =>
    (await createWorkflow(services, await readSource(folder, options), options)).id;
  const settings = `contest: {limits: ${JSON.stringify(limits)}}\n`;
  await installTemplate({ install }, template, {}, { id: WORKFLOW }, settings);
  const participants: Participant[] = [];
  for (let number = 1; number <= groups; number += 1) {
    const { token } = await storeUser(services, `user ${number}`);
    const body = { name: `Group ${number}` };
    const { status, json } = await world.request('POST', `/workflows/${WORKFLOW}/groups`, { token, body });
    if (status !== 201) throw new Error(`no group: ${status} ${JSON.stringify(json)}`);
    participants.push({ groupId: json.id, token, attempts: [], removed: new Set() });
  }
  return { participants, complaints: [] };
}

/** What all participants do; resolves when they have finished. */
export async function participate(world: World, scenario: Scenario): Promise<void> {
  await Promise.all(scenario.participants.map((participant) => compete(world, scenario, participant)));
}

/** How often a run is canceled around its end. */
const LATE_CANCELS = 20;
/** A run takes longer than that only if it waits or is repeated. */
const LONGEST_RUN_MS = 240_000;
/** Attempts of one request of a participant. */
const PATIENCE = 6;

/** Some groups submit everything at once, others within some minutes. */
async function compete(world: World, scenario: Scenario, participant: Participant): Promise<void> {
  const { simulation } = world;
  const longest = simulation.chance('burst', 0.4) ? 50 : 300_000;
  const attempt = async (number: number) => {
    await simulation.sleep(simulation.between('participant', 0, longest));
    const id = await submit(world, scenario, participant, `${participant.groupId}-${number}`);
    if (id !== undefined) await follow(world, participant, id);
  };
  await Promise.all(Array.from({ length: RUNS_PER_GROUP }, (_, number) => attempt(number + 1)));
}

async function submit(world: World, { complaints }: Scenario, participant: Participant, key: string) {
  const { simulation } = world;
  const { groupId, token, attempts } = participant;
  const attempt: Attempt = { key, ids: new Set(), outcome: 'refused' };
  attempts.push(attempt);
  for (let number = 1; number <= PATIENCE; number += 1) {
    const headers = { 'idempotency-key': key };
    const reply = await world.request('POST', `/groups/${groupId}/runs`, {
      token,
      headers,
      body: { arguments: [] },
    });
    if (reply.status === 201) {
      attempt.ids.add(reply.json.id);
      attempt.outcome = 'started';
      // Some participants send a request once more although it succeeded.
      if (!simulation.chance('again', 0.15)) return reply.json.id as string;
    } else if (reply.status === 429) {
      await simulation.sleep(simulation.between('limit', 10_000, 60_000));
    } else if (reply.status === 0 || reply.status >= 500) {
      if (attempt.outcome === 'refused') attempt.outcome = 'unknown';
      if (simulation.chance('abort', 0.2)) break;
      await simulation.sleep(simulation.between('retry', 500, 20_000));
    } else {
      complaints.push(`POST runs: ${reply.status} ${JSON.stringify(reply.json)}`);
      break;
    }
  }
  return [...attempt.ids][0];
}

/** Cancels a run, or deletes it after its end, or reads it, as the seed decides. */
async function follow(world: World, participant: Participant, id: string): Promise<void> {
  const { simulation, plan } = world;
  const { token, removed } = participant;
  if (plan.cancels()) {
    // Half of them are repeated around the end of the run, whose writes are a few milliseconds apart.
    const isLate = simulation.chance('late cancel', 0.5);
    if (isLate) await Promise.race([world.tasks.reported(id), simulation.sleep(LONGEST_RUN_MS)]);
    else await simulation.sleep(simulation.between('cancel', 0, 120_000));
    plan.note(`cancel ${id.slice(0, 8)}`);
    for (let times = isLate ? LATE_CANCELS : 1; times > 0; times -= 1) {
      if (isLate) await simulation.sleep(simulation.between('cancel at the end', 0, 80));
      await world.request('PUT', `/runs/${id}`, { token });
    }
  }
  if (!plan.removes()) return;
  for (let look = 1; look <= PATIENCE; look += 1) {
    await simulation.sleep(simulation.between('look', 20_000, 120_000));
    const { status, json } = await world.request('GET', `/runs/${id}`, { token });
    if (status !== 200 || json.state === 'PENDING' || json.state === 'RUNNING') continue;
    plan.note(`delete ${id.slice(0, 8)}`);
    if ((await world.request('DELETE', `/runs/${id}`, { token })).status === 204) removed.add(id);
    return;
  }
}
