import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { planRun } from '../../shared/engine/plan.ts';
import { plannedSize, runPlanSchema, vcpusOf } from '../../shared/engine/run-plan.ts';
import { SIZE_KEYS, type SizeKey } from '../../shared/step-size.ts';
import { STEP_SIZES } from '../step-sizes.ts';
import { container, contextOf, inputOf, steps } from './plan-input.ts';

describe('the plan of a run', () => {
  it('has the size of each step’s worker, rounded up to a task of Fargate', () => {
    const engine = parseEngineConfig({
      workers: [{ name: 'w', type: 'docker', cpu: 3, timeout: '10 min' }],
      workflow: [{ step: 's1', worker: 'w' }],
    });
    const plan = planRun(inputOf(steps(container(['a']), container(['b'])), {}, { engine }));
    expect(plan.steps.map(({ size }) => size)).toEqual([
      STEP_SIZES.default,
      { cpu: 4, memory: 8192, disk: 21, timeout: 600 },
    ]);
    expect(vcpusOf(plan)).toBe(4);
  });

  it('rejects a worker above maxima that are lower than at the installation', () => {
    const workers = [{ name: 'w', type: 'docker', cpu: 4 }];
    const engine = parseEngineConfig({ workers, workflow: [{ step: 's0', worker: 'w' }] });
    const sizes = { ...STEP_SIZES, maximum: { ...STEP_SIZES.maximum, cpu: 2 } };
    const plan = (more: object) => planRun(inputOf(steps(container(['a'])), {}, { engine, sizes, ...more }));
    expect(() => plan({})).toThrow(expect.objectContaining({ code: 'engine-config.size' }));
    expect(() => plan({})).toThrow('workers[0].cpu: 4 vCPU exceeds the maximum of 2 vCPU');
    expect(() => plan({ engine: parseEngineConfig({ workers }) })).not.toThrow();
  });

  describe('with a GPU', () => {
    const gpu = { provider: 'p', cpu: 4, memory: 14_336, disk: 50 };
    const engine = parseEngineConfig({
      workers: [{ name: 'w', type: 'docker', gpu: true, timeout: '2 h' }],
      workflow: ['s0', 's1'].map((step) => ({ step, worker: 'w' })),
    });
    const sizes = { ...STEP_SIZES, gpu };

    it('has the size of its instance, and the time limit of its worker', () => {
      const plan = planRun(inputOf(steps(container(['a'])), {}, { engine, sizes }));
      expect(plan.steps[0]).toMatchObject({
        gpu: true,
        size: { cpu: 4, memory: 14_336, disk: 50, timeout: 7200 },
      });
      expect(runPlanSchema.parse(plan)).toEqual(plan);
    });

    it('is rejected for a step in which a participant’s code may run', () => {
      const context = contextOf({}, { own: container(['b'], 'mine') });
      const plan = () =>
        planRun(inputOf(steps(container(['a']), '$[[own]]'), {}, { engine, sizes, context }));
      expect(plan).toThrow("step 's1': a participant's code may run in it, so it cannot have a GPU");
    });
  });

  describe('of a participant who may configure sizes', () => {
    const context = contextOf({}, { own: container(['b'], 'mine') });
    const spec = steps(container(['a']), '$[[own]]');
    const engine = parseEngineConfig({
      workers: [{ name: 'o', type: 'docker', cpu: 1, memory: '4 GiB', disk: 40, env: { A: 'a' } }],
      workflow: ['s0', 's1'].map((step) => ({ step, worker: 'o' })),
    });
    const sent = (worker: object, step = 's1') =>
      parseEngineConfig({
        workers: [{ name: 'p', type: 'docker', ...worker }],
        workflow: [{ step, worker: 'p' }],
      });
    const planned = (worker: object, allowed: readonly SizeKey[] = SIZE_KEYS, step?: string) =>
      planRun(inputOf(spec, {}, { engine, context, participant: { allowed, engine: sent(worker, step) } }));
    const plain = planRun(inputOf(spec, {}, { engine, context }));

    it('has the requested sizes in the participant’s own step, the others from the organiser', () => {
      const [first, own] = planned({ cpu: 2, timeout: 60 }).steps;
      expect(first).toEqual(plain.steps[0]);
      expect(own).toEqual({ ...plain.steps[1], size: { cpu: 2, memory: 4096, disk: 40, timeout: 60 } });
    });

    it('has only sizes that the manifest permits, and nothing else of the configuration', () => {
      const text = { env: { B: 'b' }, variables: { python: 'sh' } };
      const worker = { cpu: 2, disk: 100, ...text, network: true, spot: true };
      expect(planned(worker, []).steps).toEqual(plain.steps);
      expect(planned({ ...worker, architecture: 'ARM64' }, ['disk']).steps).toEqual([
        plain.steps[0],
        { ...plain.steps[1], size: { cpu: 1, memory: 4096, disk: 100, timeout: 86_400 } },
      ]);
    });

    it('is not changed by a worker for a step of the organiser', () => {
      expect(planned({ cpu: 4, memory: '1000 GiB' }, SIZE_KEYS, 's0').steps).toEqual(plain.steps);
    });

    it('is rejected above the maximum, as an error of the caller', () => {
      expect(() => planned({ memory: '64 GiB' })).toThrow(expect.objectContaining({ code: 'run.size' }));
      expect(() => planned({ memory: '64 GiB' })).toThrow(
        'config.workers[0].memory: 64 GiB exceeds the maximum of 30 GiB',
      );
      expect(() => planned({ memory: '64 GiB' }, ['cpu'])).not.toThrow();
    });
  });

  it('is read from an earlier release, whose steps had 1 vCPU, 2 GiB, 21 GiB of disk and a day', () => {
    const { steps: planned, ...plan } = planRun(inputOf(steps(container(['a'])), {}));
    const earlier = { ...plan, steps: planned.map(({ size: _, ...step }) => step) };
    const read = runPlanSchema.parse(JSON.parse(JSON.stringify(earlier)));
    expect(read.steps.map(plannedSize)).toEqual([{ cpu: 1, memory: 2048, disk: 21, timeout: 86_400 }]);
    expect(vcpusOf(read)).toBe(1);
  });
});
