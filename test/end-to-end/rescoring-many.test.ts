import { describe, expect, it } from 'vitest';
import { createRescore } from '../../shared/rescoring/create.ts';
import { rescoreCodec } from '../../shared/rescoring/request.ts';
import { workOnRescore } from '../../shared/rescoring/work.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { findRun, type Run } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { dyingAtEachWrite, muteDeaths } from './dying-process.ts';
import { installTemplate, start } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { queuedRun, whileFull, withoutMessages } from './played-run.ts';
import { rescoreRequests, scoring } from './rescore-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_CAPACITY: '4' }, check: 'consistency' });
const { values, organiserOf, team } = rescoreRequests(stack);
muteDeaths();

describe('an interrupted request to score runs again', () => {
  it('scores each run once, wherever the process died', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'DYING' });
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    for (const number of [1, 2]) await one.submit({ number });
    let version = 1;
    /** Installs a version and creates a request whose message is lost. */
    const request = async (): Promise<number> => {
      version += 1;
      await updateTemplate(stack.services, id, scoring(version));
      const wanted = { workflowId: id, scope: 'ranked', runIds: [] } as const;
      return (await createRescore(withoutMessages(stack.services), organiser.user, wanted)).number;
    };
    const heal = async (number: number) => {
      await workOnRescore(stack.services, id, number);
      await dispatch(stack.services);
      expect(await organiser.finished(String(number))).toMatchObject({ total: 2, done: 2, failed: 0 });
      expect(await values(id)).toEqual([2 * version, version]);
      const submitted = await stack.services.table.list(keys.runEntries(one.group));
      expect(submitted).toHaveLength(2 * version);
    };
    const begun = await dyingAtEachWrite(stack.services, request, async (services, number) => {
      try {
        await workOnRescore(services, id, number);
      } finally {
        await heal(number);
      }
    });
    expect(begun.length).toBeGreaterThanOrEqual(5);
    const ranked = await dyingAtEachWrite(
      stack.services,
      async () => {
        const number = await request();
        await workOnRescore(stack.services, id, number);
        const { table } = stack.services;
        const key = keys.rescore(id, number);
        // Keeps the stack itself from ranking the runs.
        await table.update(key, { set: { finishedAt: 'later' } });
        const { active } = rescoreCodec.read({ ...key, ...(await table.get(key)) });
        for (const { by } of active) await stack.ended(by, one.token);
        await table.update(key, { remove: ['finishedAt'] });
        return number;
      },
      async (services, number) => {
        try {
          await workOnRescore(services, id, number);
        } finally {
          await heal(number);
        }
      },
    );
    expect(ranked.length).toBeGreaterThanOrEqual(3);
  });
});

describe('many runs that are scored again', () => {
  it('let all participants start first', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'MANY' });
    const organiser = await organiserOf(id);
    const teams = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => team(id, name)));
    await Promise.all(
      teams.flatMap(({ submit }, index) =>
        Array.from({ length: 10 }, (_, number) => submit({ number: 10 * index + number })),
      ),
    );
    await updateTemplate(stack.services, id, scoring(2));
    const order: Run[] = [];
    const { json } = await whileFull(stack, async () => {
      const created = await organiser.create({ ranked: true });
      await poll(async () => {
        const { active } = await organiser.find(created.json.id);
        return active === 20 ? true : undefined;
      }, 'the first runs were not started');
      for (const { group, token } of teams) await start(stack, group, token, { number: 100 });
      const inUse = Number((await stack.services.table.get(keys.capacity()))?.inUse);
      const { config, executions } = stack.services;
      await dispatch({
        ...stack.services,
        // Three quarters of it are more than is in use.
        config: { ...config, capacity: 2 * inUse },
        executions: {
          ...executions,
          start: async (stateMachine, runId) => {
            order.push(await findRun(stack.services, runId));
            return executions.start(stateMachine, runId);
          },
        },
      });
      return created;
    });
    expect(order.slice(0, 5).map(({ rescoredFrom }) => rescoredFrom)).toEqual(Array(5).fill(undefined));
    expect(order.slice(5).every(({ rescoredFrom }) => rescoredFrom !== undefined)).toBe(true);
    expect(order).toHaveLength(25);
    await dispatch(stack.services);
    // Participants go on submitting while the others are scored.
    const submitted = teams.map(({ submit }, index) => submit({ number: 200 + index }));
    await Promise.all(submitted);
    expect(await organiser.finished(json.id)).toMatchObject({ total: 50, done: 50, failed: 0 });
    const computed = [
      ...Array.from({ length: 50 }, (_, number) => 2 * number),
      ...teams.map(() => 200),
      ...teams.map((_, index) => 2 * (200 + index)),
    ].toSorted((a, b) => b - a);
    expect(await values(id)).toEqual(computed);
  });

  it('do not start while a run of a participant waits that needs more vCPUs than are free', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'LARGE' });
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    await one.submit({ number: 1 });
    await updateTemplate(stack.services, id, scoring(2));
    const started: string[] = [];
    await whileFull(stack, async () => {
      const { json } = await organiser.create({ ranked: true });
      const by = await organiser.firstRun(json.id);
      const large = await queuedRun(stack, one.group, { number: '2' });
      const { table } = stack.services;
      for await (const item of table.range(keys.queue())) {
        if (item.runId === large) await table.update({ pk: item.pk, sk: item.sk }, { set: { vcpus: 3 } });
      }
      const inUse = Number((await table.get(keys.capacity()))?.inUse);
      const { config, executions } = stack.services;
      const admitted = await dispatch({
        ...stack.services,
        config: { ...config, capacity: inUse + 2 },
        executions: { ...executions, start: async (_arn, runId) => Boolean(started.push(runId)) },
      });
      expect([admitted, started, (await findRun(stack.services, by)).state]).toEqual([0, [], 'PENDING']);
    });
    await dispatch(stack.services);
    expect(await organiser.finished('1')).toMatchObject({ done: 1 });
  });
});
