import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { planRun } from '../../shared/engine/plan.ts';
import { plannedSize, runPlanSchema, vcpusOf } from '../../shared/engine/run-plan.ts';
import { STEP_SIZES } from '../step-sizes.ts';
import { container, inputOf, steps } from './plan-input.ts';

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

  it('is read from an earlier release, whose steps had 1 vCPU, 2 GiB, 21 GiB of disk and a day', () => {
    const { steps: planned, ...plan } = planRun(inputOf(steps(container(['a'])), {}));
    const earlier = { ...plan, steps: planned.map(({ size: _, ...step }) => step) };
    const read = runPlanSchema.parse(JSON.parse(JSON.stringify(earlier)));
    expect(read.steps.map(plannedSize)).toEqual([{ cpu: 1, memory: 2048, disk: 21, timeout: 86_400 }]);
    expect(vcpusOf(read)).toBe(1);
  });
});
