import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';
import { sizeSchemas } from '../../shared/size-text.ts';
import { stepEnvironment } from '../../shared/step-settings.ts';
import {
  excessesOf,
  fargateSize,
  SIZE_KEYS,
  type SizeRequest,
  type StepSizes,
  sizeOf,
  sizeProblems,
  sizeText,
  taskSize,
} from '../../shared/step-size.ts';
import { STEP_SIZES } from '../step-sizes.ts';

const read = (key: keyof typeof sizeSchemas, value: unknown) => sizeSchemas[key].safeParse(value).data;

describe('the text of a size', () => {
  it.each([
    ['cpu', 2, 2],
    ['cpu', '0.25', 0.25],
    ['cpu', '4 vCPU', 4],
    ['memory', '4 GiB', 4096],
    ['memory', '512 MiB', 512],
    ['memory', '512MiB', 512],
    ['memory', '1.5 gib', 1536],
    ['memory', '4 GB', 3815],
    ['memory', '1 MB', 1],
    ['disk', 50, 50],
    ['disk', '50 GiB', 50],
    ['disk', '50 GB', 47],
    ['timeout', 90, 90],
    ['timeout', '90', 90],
    ['timeout', '90 s', 90],
    ['timeout', '30 min', 1800],
    ['timeout', '1.5 h', 5400],
    ['timeout', ' 1 d ', 86_400],
    ['timeout', 0.2, 1],
  ] as const)('%s: %j is %d', (key, value, expected) => {
    expect(read(key, value)).toBe(expected);
  });

  it.each([
    ['cpu', '0'],
    ['cpu', -1],
    ['cpu', Number.NaN],
    ['cpu', '2 GiB'],
    ['cpu', 'two'],
    ['cpu', true],
    ['cpu', [2]],
    ['memory', 4],
    ['memory', '4'],
    ['memory', '4 G'],
    ['memory', '0 GiB'],
    ['memory', '1e3 MiB'],
    ['memory', '4 constructor'],
    ['memory', '4 GiB 4 GiB'],
    ['disk', '1 s'],
    ['timeout', '1 m'],
    ['timeout', 'Infinity'],
    ['timeout', `${'9'.repeat(200_000)} s`],
    ['timeout', `${' '.repeat(200_000)}1 s`],
  ] as const)('%s: rejects %j', (key, value) => {
    const parsed = sizeSchemas[key].safeParse(value);
    expect(parsed.error?.issues[0]?.message).toMatch(/^must be a number/);
  });

  it('is written as it can be read', () => {
    const value = fc.integer({ min: 1, max: 200_000 });
    fc.assert(
      fc.property(fc.constantFrom(...SIZE_KEYS), value, (key, number) => {
        expect(read(key, sizeText(key, number))).toBe(number);
      }),
    );
  });
});

/** Memory of the tasks of Fargate in GiB by their CPU units (Amazon ECS developer guide, task size). */
const FARGATE: Readonly<Record<number, readonly number[]>> = {
  256: [0.5, 1, 2],
  512: [1, 2, 3, 4],
  1024: [2, 3, 4, 5, 6, 7, 8],
  2048: range(4, 16, 1),
  4096: range(8, 30, 1),
  8192: range(16, 60, 4),
  16384: range(32, 120, 8),
};
function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step);
}
const isFargateSize = (units: number, mebibytes: number): boolean =>
  FARGATE[units]?.includes(mebibytes / 1024) ?? false;

const cpu = fc.integer({ min: 1, max: 16 * 64 }).map((part) => part / 64);
const memory = fc.integer({ min: 1, max: 122_880 });

describe('a task of Fargate', () => {
  it('is the smallest that has the requested resources, by the table of AWS', () => {
    fc.assert(
      fc.property(cpu, memory, (wantedCpu, wantedMemory) => {
        const found = fargateSize(wantedCpu, wantedMemory);
        if (!found) throw new Error('the largest task has all of this');
        expect(isFargateSize(found.cpu * 1024, found.memory)).toBe(true);
        expect(found.cpu).toBeGreaterThanOrEqual(wantedCpu);
        expect(found.memory).toBeGreaterThanOrEqual(wantedMemory);
        for (let less = found.memory - 512; less >= wantedMemory; less -= 512) {
          expect(isFargateSize(found.cpu * 1024, less), `${found.cpu} vCPU, ${less} MiB`).toBe(false);
        }
      }),
    );
    expect(fargateSize(16, 122_881)).toBeUndefined();
    expect(fargateSize(16.1, 1)).toBeUndefined();
  });

  it.each([
    [{}, '1024', '2048'],
    [{ cpu: 0.1 }, '256', '2048'],
    [{ cpu: 0.25, memory: 600 }, '256', '1024'],
    [{ cpu: 0.25, memory: 1025 }, '256', '2048'],
    [{ cpu: 0.3, memory: 1 }, '512', '1024'],
    [{ cpu: 3 }, '4096', '8192'],
    [{ memory: 9000 }, '2048', '9216'],
    [{ cpu: 8, memory: 16_385 }, '8192', '20480'],
  ])('for %j has %s CPU units and %s MiB', (request, units, mebibytes) => {
    expect(taskSize(sizeOf(request, STEP_SIZES))).toEqual({ cpu: units, memory: mebibytes });
  });

  it('has at least 21 GiB of disk, which are the least that can be requested', () => {
    expect(sizeOf({ disk: 1 }, STEP_SIZES).disk).toBe(21);
    expect(sizeOf({ disk: 80 }, STEP_SIZES).disk).toBe(80);
  });
});

describe('the maxima of a deployment', () => {
  const sizes: StepSizes = {
    default: { cpu: 1, memory: 2048, disk: 21, timeout: 86_400 },
    maximum: { cpu: 4, memory: 8192, disk: 100, timeout: 86_400 },
    capacity: 6,
  };
  const messages = (request: SizeRequest, changed: Partial<StepSizes> = {}) =>
    excessesOf(request, { ...sizes, ...changed }).map(({ key, message }) => `${key}: ${message}`);

  it('are named with the value that exceeds them', () => {
    expect(messages({ cpu: 8, memory: 16_384, disk: 101, timeout: 86_401 })).toEqual([
      'cpu: 8 vCPU exceeds the maximum of 4 vCPU',
      'memory: 16 GiB exceeds the maximum of 8 GiB',
      'disk: 101 GiB exceeds the maximum of 100 GiB',
      'timeout: 86401 s exceeds the maximum of 24 h',
    ]);
    expect(messages({ cpu: 4, memory: 8192, disk: 100, timeout: 86_400 })).toEqual([]);
  });

  it('are not exceeded by rounding up', () => {
    const valid = fc
      .tuple(cpu, memory)
      .map(([most, mebibytes]) => fargateSize(most, mebibytes) ?? { cpu: 16, memory: 122_880 });
    fc.assert(
      fc.property(valid, cpu, memory, (maximum, wantedCpu, wantedMemory) => {
        const request = {
          cpu: Math.min(wantedCpu, maximum.cpu),
          memory: Math.min(wantedMemory, maximum.memory),
        };
        const found = sizeOf(request, sizes);
        expect(found.cpu).toBeLessThanOrEqual(maximum.cpu);
        expect(found.memory).toBeLessThanOrEqual(maximum.memory);
      }),
    );
  });

  it('include the capacity, also for memory that needs more CPU', () => {
    expect(messages({ cpu: 4 }, { capacity: 3 })).toEqual([
      'cpu: a task of 4 vCPU exceeds the capacity of 3 vCPU; request less, or raise the capacity',
    ]);
    expect(
      messages({ memory: 8193 }, { capacity: 1, maximum: { ...sizes.maximum, memory: 16_384 } }),
    ).toEqual([
      'memory: a task of 2 vCPU exceeds the capacity of 1 vCPU; request less, or raise the capacity',
    ]);
  });

  it.each([
    [
      { default: { cpu: 3 } },
      'default.cpu: Fargate has no task with 3 vCPU and 2 GiB; the next one has 4 vCPU and 8 GiB',
    ],
    [
      { default: { memory: 2049 } },
      'default.memory: Fargate has no task with 1 vCPU and 2049 MiB; the next one has 1 vCPU and 3 GiB',
    ],
    [{ default: { disk: 20 } }, 'default.disk: must be from 21 to 200 GiB'],
    [{ default: { disk: 101 } }, 'default.disk: exceeds the maximum of 100 GiB'],
    [{ maximum: { disk: 201 } }, 'maximum.disk: must be from 21 to 200 GiB'],
    [{ maximum: { timeout: 7 * 86_400 } }, 'maximum.timeout: must be at most 144 h'],
    [
      { maximum: { memory: 30_721 } },
      'maximum.cpu: Fargate has no task with 4 vCPU and 30721 MiB; the next one has 8 vCPU and 32 GiB',
    ],
    [{ default: { timeout: 86_401 } }, 'default.timeout: exceeds the maximum of 24 h'],
    [{ default: { cpu: 8, memory: 16_384 } }, 'default.cpu: exceeds the maximum of 4 vCPU'],
  ] as const)('must fit together: %j', (change, problem) => {
    const changed = {
      ...sizes,
      default: { ...sizes.default, ...('default' in change ? change.default : {}) },
      maximum: { ...sizes.maximum, ...('maximum' in change ? change.maximum : {}) },
    };
    expect(sizeProblems(changed).map(([path, message]) => `${path.join('.')}: ${message}`)).toContain(
      problem,
    );
    expect(sizeProblems(sizes)).toEqual([]);
  });
});

describe('the settings of sizes', () => {
  it('are those of earlier releases by default', () => {
    expect(STEP_SIZES.default).toEqual({ cpu: 1, memory: 2048, disk: 21, timeout: 86_400 });
  });

  it('are read as they are written', () => {
    const env = { ...stepEnvironment(STEP_SIZES), FLOWSERV_STEP_MAX_TIMEOUT: '2 d', FLOWSERV_STEP_CPU: '2' };
    const { steps } = readConfig({ ...env, FLOWSERV_STEP_MEMORY: '5 GiB' });
    expect(steps).toEqual({
      ...STEP_SIZES,
      default: { ...STEP_SIZES.default, cpu: 2, memory: 5120 },
      maximum: { ...STEP_SIZES.maximum, timeout: 172_800 },
    });
  });

  it('are rejected with the name of the variable', () => {
    expect(() => readConfig({ FLOWSERV_STEP_MEMORY: '2' })).toThrow('FLOWSERV_STEP_MEMORY: must be a number');
    expect(() => readConfig({ FLOWSERV_STEP_MAX_CPU: '0.5', FLOWSERV_STEP_MAX_MEMORY: '1 GiB' })).toThrow(
      /FLOWSERV_STEP_CPU: exceeds the maximum of 0.5 vCPU; FLOWSERV_STEP_MEMORY: exceeds/,
    );
  });
});
