import fc from 'fast-check';
import { expect, it } from 'vitest';
import { disqualifyGroup, readmitGroup } from '../../shared/groups/disqualify.ts';
import { findGroup } from '../../shared/groups/group.ts';
import {
  disqualifyRun,
  markBaseline,
  readmitRun,
  setWithdrawn,
  unmarkBaseline,
} from '../../shared/runs/moderate.ts';
import { findRun } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { withoutMessages } from './played-run.ts';
import { useStack } from './stack-fixture.ts';
import { storeRuns } from './stored-runs.ts';

const stack = useStack();

const COLUMNS = `results:
  file: result.json
  schema:
    - {name: a, label: A, dtype: float}
    - {name: b, label: B, dtype: float}
    - {name: mean, label: Mean, dtype: float, compute: {meanRank: [a, b]}}
  orderBy: [{name: mean, sortDesc: false}]
`;
const GROUPS = 4;
const RUNS = 3;

/** A run of the model. */
interface Known {
  readonly id: string;
  readonly group: number;
  readonly a: number;
  readonly b: number;
  disqualified: boolean;
  withdrawn: boolean;
  baseline: boolean;
}

const step = fc.record({
  kind: fc.constantFrom('disqualify', 'withdraw', 'baseline', 'group'),
  which: fc.nat(GROUPS * RUNS - 1),
});

it('the leaderboard equals one that is computed from the runs, whatever was decided about them', async () => {
  await installTemplate(stack, oneStep(['true'], COLUMNS), {}, { id: 'MODEL' });
  const { token } = await stack.user('alice');
  const services = withoutMessages(stack.services);
  const runs: Known[] = [];
  const groups: { readonly id: string; disqualified: boolean }[] = [];
  for (let group = 0; group < GROUPS; group += 1) {
    const id = await stack.group('MODEL', token, `Group ${group}`);
    groups.push({ id, disqualified: false });
    for (const runId of await storeRuns(services, 'MODEL', id, RUNS)) {
      // Few different values, so that many are equal.
      const [a, b] = [(runs.length * 7) % 5, (runs.length * 3) % 4];
      const { createdAt } = await findRun(services, runId);
      const set = { values: JSON.stringify({ a, b }) };
      await services.table.update(keys.result('MODEL', createdAt, runId), { set });
      await services.table.update(keys.run(runId), { set });
      runs.push({ id: runId, group, a, b, disqualified: false, withdrawn: false, baseline: false });
    }
  }

  const isOut = (run: Known) => run.disqualified || run.withdrawn || groups[run.group]?.disqualified === true;
  /** Runs of `storeRuns` were created at the same second in each group, so ties end with the identifier. */
  const position = (run: Known) => runs.filter(({ group }) => group === run.group).indexOf(run);
  const better = (x: Known, y: Known) =>
    y.a - x.a || y.b - x.b || position(x) - position(y) || (x.id < y.id ? -1 : 1);
  const expected = (all: boolean) => {
    const ranked = runs.filter((run) => !isOut(run) && !run.baseline);
    const entries = ranked.filter(
      (run) => all || !ranked.some((other) => other.group === run.group && better(other, run) < 0),
    );
    const rankIn = (name: 'a' | 'b', run: Known) =>
      1 + entries.filter((other) => other[name] > run[name]).length;
    const mean = (run: Known) => (rankIn('a', run) + rankIn('b', run)) / 2;
    return entries
      .toSorted((x, y) => mean(x) - mean(y) || position(x) - position(y) || (x.id < y.id ? -1 : 1))
      .map((run) => [run.id, mean(run)]);
  };
  const shown = async (query: string) => {
    const { json } = await stack.request('GET', `/workflows/MODEL/leaderboard${query}`);
    const cells = (rows: { run: { id: string }; results: { value: number }[] }[] = []) =>
      rows.map(({ run, results }) => [run.id, results[2]?.value]);
    return { ranking: cells(json.ranking), baselines: cells(json.baselines) };
  };
  const check = async () => {
    const best = await shown('');
    const all = await shown('?includeAll');
    expect(best.ranking).toEqual(expected(false));
    expect(all.ranking).toEqual(expected(true));
    const baselines = runs.filter((run) => run.baseline && !isOut(run)).map(({ id }) => [id, null]);
    expect(best.baselines.toSorted()).toEqual(baselines.toSorted());
  };
  const act = async (kind: string, run: Known) => {
    const known = groups[run.group];
    if (!known) throw new Error('no group');
    const group = await findGroup(services, known.id);
    const found = { run: await findRun(services, run.id), group };
    const given = { reason: 'x', visibility: 'public' } as const;
    if (kind === 'group') {
      if (known.disqualified) await readmitGroup(services, 'operator', group);
      else await disqualifyGroup(services, 'operator', group, given);
      known.disqualified = !known.disqualified;
    } else if (kind === 'disqualify') {
      if (run.disqualified) await readmitRun(services, 'operator', found);
      else await disqualifyRun(services, 'operator', found, given);
      run.disqualified = !run.disqualified;
    } else if (kind === 'baseline') {
      if (run.baseline) await unmarkBaseline(services, 'operator', found);
      else await markBaseline(services, 'operator', found, undefined);
      run.baseline = !run.baseline;
    } else {
      const changed = await setWithdrawn(services, found, !run.withdrawn).catch((error: unknown) => error);
      if (run.disqualified || known.disqualified) expect(changed).toMatchObject({ code: 'run.disqualified' });
      else run.withdrawn = !run.withdrawn;
    }
  };
  /** Undoes everything, after which the leaderboard is the first one. */
  const undo = async () => {
    for (const [index, group] of groups.entries())
      if (group.disqualified) await act('group', runs[index * RUNS] as Known);
    for (const run of runs) {
      if (run.disqualified) await act('disqualify', run);
      if (run.withdrawn) await act('withdraw', run);
      if (run.baseline) await act('baseline', run);
    }
    expect(await shown('?includeAll')).toEqual(first);
  };

  const first = await shown('?includeAll');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
      for (const { kind, which } of steps) await act(kind, runs[which] as Known);
      await check();
      await undo();
    }),
    { numRuns: 12, seed: 19 },
  );
}, 180_000);
