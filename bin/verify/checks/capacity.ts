import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, hold, Unmet } from '../check.ts';
import { SHELL_IMAGE } from '../probe-template.ts';
import { endOf, ranked, startTrial } from '../trial.ts';
import type { Member, World } from '../world.ts';

/** The number of runs that two users may have by default (quota `activeRuns`). */
const MOST_RUNS = 20;
/** Duration of a step, so that tasks that start minutes apart still overlap. */
const FARGATE_SECONDS = 90;
const LOCAL_SECONDS = 2;
const POLL_MS = 250;

/** Returns the most runs of some members that were RUNNING at the same time, until all end. */
async function mostAtOnce(members: readonly Member[], runs: ReadonlySet<string>, isOver: () => boolean) {
  let most = 0;
  let looks = 0;
  while (!isOver()) {
    const lists = await Promise.all(
      members.map(({ client, groupId }) => client.runs.list(groupId, 'RUNNING')),
    );
    most = Math.max(most, lists.flat().filter(({ id }) => runs.has(id)).length);
    looks += 1;
    await sleep(POLL_MS);
  }
  return { most, looks };
}

async function startMany(world: World, members: readonly Member[], count: number) {
  const seconds = world.target.isLocal ? LOCAL_SECONDS : FARGATE_SECONDS;
  const trial = { image: SHELL_IMAGE, commands: [`sleep ${seconds}`, ranked(1)] };
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const member = members[index % members.length];
      if (!member) throw new Error('a run needs a member who starts it');
      return { member, run: await startTrial(member, trial) };
    }),
  );
}

const capacity: Check = {
  id: 'capacity',
  title: 'with twice as many runs as fit, no more than the capacity run at the same time, and all succeed',
  proves:
    "the dispatcher's transactions hold the capacity, and the account's quotas have room for it: six steps at a time in a new account",
  needs: [],
  minutes: 30,
  async run(world) {
    const { capacity: vcpus, steps } = world.target.config;
    const slots = Math.floor(vcpus / steps.default.cpu);
    const count = 2 * slots;
    if (count > MOST_RUNS)
      throw new Unmet(`a capacity of ${vcpus} vCPUs needs more runs than two users may have`);
    const members = [await world.member('one'), await world.member('two')];
    const started = await startMany(world, members, count);
    let over = false;
    const watching = mostAtOnce(members, new Set(started.map(({ run }) => run.id)), () => over);
    const trials = await Promise.all(started.map(({ member, run }) => endOf(world, member, run))).finally(
      () => {
        over = true;
      },
    );
    const { most, looks } = await watching;
    const states = trials.map(({ run }) => run.state);
    const seen = { capacity: vcpus, runs: count, mostAtOnce: most, looks, states };
    hold(most <= slots, `${most} runs ran at the same time`, seen);
    hold(
      states.every((state) => state === 'SUCCESS'),
      'not all runs succeeded',
      seen,
    );
    return { ...seen, longestWait: Math.max(...trials.map(({ seconds }) => Math.round(seconds))) };
  },
};

/** How many runs run at the same time. */
export const capacityChecks: readonly Check[] = [capacity];
