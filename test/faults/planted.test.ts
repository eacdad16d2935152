import { expect, it } from 'vitest';
import { queues } from '../../infra/local/names.ts';
import { dueAttributes } from '../../shared/store/due.ts';
import { keys } from '../../shared/store/keys.ts';
import { invariants, type Outcome } from './invariants.ts';
import { muteLogs } from './mute-logs.ts';
import { planted } from './planted.ts';
import { runSeed, type SeedReport } from './run-seed.ts';
import { WORKFLOW } from './scenario.ts';

muteLogs();

/** Seeds in one of which a planted fault must be noticed. */
const NOTICED_WITHIN = 20;

/** The names of the broken invariants, without the differences. */
const brokenIn = ({ broken }: SeedReport) => broken.filter((line) => line in invariants);

/** A state machine that does nothing for a day. */
const IDLE = {
  QueryLanguage: 'JSONata',
  StartAt: 'Idle',
  States: { Idle: { Type: 'Wait', Seconds: 86_400, End: true } },
};

/** Leaves behind one thing of each kind that the invariants look for. */
async function leaveBehind({ world, scenario, history }: Outcome): Promise<void> {
  const { services, simulation } = world;
  const { table, objects } = services;
  const [run, other] = [...history.runs.values()];
  run?.states.push({ state: 'RUNNING', at: simulation.now() });
  other?.states.push({ state: 'ERROR', at: simulation.now() });
  scenario.complaints.push('POST runs: 418');
  scenario.participants[0]?.attempts[0]?.ids.add('lost');
  await objects.write('data', `w/${WORKFLOW}/boards/0.json`, Buffer.from('[]'));
  await table.update(keys.leaderboard(WORKFLOW), { set: dueAttributes(WORKFLOW, services.now()) });
  await table.update(keys.capacity(), { add: { inUse: 1 } });
  world.aws.queues.send(queues.archive, '{}', 900);
  world.tasks.running.add('a container');
  const machine = {
    name: 'idle',
    definition: JSON.stringify(IDLE),
    roleArn: 'arn:aws:iam::000000000000:role/idle',
  };
  const { stateMachineArn } = await world.call('states', 'CreateStateMachine', machine);
  await world.call('states', 'StartExecution', { stateMachineArn, name: 'idle', input: '{}' });
}

it('whatever is left behind breaks the invariant of its kind', async () => {
  const report = await runSeed(1001, { faults: false, tamper: leaveBehind });
  const expected = Object.keys(invariants).filter((name) => !byPlantedFaults.has(name));
  expect(brokenIn(report)).toEqual(expect.arrayContaining(expected));
});

/** The invariants that planted faults of the product break. */
const byPlantedFaults = new Set(Object.values(planted).flatMap(({ breaks }) => breaks));

it.each(Object.entries(planted))('the invariants notice that %s', async (_name, { plant, breaks }) => {
  let broken: string[] = [];
  for (let seed = 1; seed <= NOTICED_WITHIN && !breaks.every((name) => broken.includes(name)); seed += 1) {
    broken = brokenIn(await runSeed(seed, { plant }));
  }
  expect(broken).toEqual(expect.arrayContaining([...breaks]));
});
