import { describe, expect, it } from 'vitest';
import { checkSizes, parseEngineConfig, workerOf } from '../../shared/engine/engine-config.ts';
import type { GpuInstances } from '../../shared/step-size.ts';
import { STEP_SIZES } from '../step-sizes.ts';

const kv = (key: string, value: unknown) => ({ key, value });

describe('parseEngineConfig', () => {
  it('I24: reads a worker in flowServ’s spelling', () => {
    const config = parseEngineConfig({
      workers: [
        { name: 'w', type: 'docker', env: [kv('A', 'a')], variables: [kv('python', 'python3')], volume: 'v' },
      ],
      workflow: [{ step: 's', worker: 'w' }],
    });
    expect(workerOf(config, 's', 'image')).toEqual({
      name: 'w',
      runs: 'container',
      image: undefined,
      packages: [],
      env: new Map([['A', 'a']]),
      variables: new Map([['python', 'python3']]),
      architecture: undefined,
      network: false,
      spot: false,
      gpu: false,
      volume: 'v',
      size: {},
      path: 'workers[0]',
    });
  });

  it('reads the processor that a worker requests, and lists the valid ones', () => {
    const worker = { name: 'w', type: 'docker', architecture: 'ARM64' };
    expect(parseEngineConfig({ workers: [worker] }).workers.get('w')?.architecture).toBe('ARM64');
    expect(() => parseEngineConfig({ workers: [{ ...worker, architecture: 'arm' }] })).toThrow(
      /workers\[0\]\.architecture: .*X86_64.*ARM64/,
    );
  });

  it.each(['network', 'spot', 'gpu'] as const)('has %s only for a worker with the value true', (key) => {
    const parse = (value: unknown) =>
      parseEngineConfig({ workers: [{ name: 'w', type: 'docker', [key]: value }] }).workers.get('w')?.[key];
    expect(parse(true)).toBe(true);
    for (const value of [false, null, undefined]) expect(parse(value)).toBe(false);
    for (const value of ['true', 1, []]) {
      expect(() => parse(value)).toThrow(`workers[0].${key}`);
    }
  });

  it('reads the sizes that a worker requests, and names the path of an invalid one', () => {
    const worker = { name: 'w', type: 'docker', cpu: 2, memory: '4 GiB', disk: 50, timeout: '30 min' };
    const { size } = parseEngineConfig({ workers: [worker] }).workers.get('w') ?? {};
    expect(size).toEqual({ cpu: 2, memory: 4096, disk: 50, timeout: 1800 });
    const args = { cpu: '0.5', memory: null };
    const byImage = parseEngineConfig({ workers: [{ image: 'i', worker: 'docker', args }] });
    expect(workerOf(byImage, 's', 'i').size).toEqual({ cpu: 0.5 });
    for (const [key, value] of [
      ['cpu', 'x'],
      ['memory', 4096],
      ['disk', {}],
      ['timeout', '1 year'],
    ] as const) {
      const parse = () => parseEngineConfig({ workers: [{ ...worker, [key]: value }] });
      expect(parse).toThrow(`workers[0].${key}: must be a number`);
      expect(parse).toThrow(expect.objectContaining({ code: 'engine-config.invalid' }));
    }
  });

  it('accepts a GPU only where there is one, without a size of its own', () => {
    const check = (worker: object, instances?: GpuInstances) => {
      const workers = [{ name: 'w', type: 'docker', gpu: true, ...worker }];
      checkSizes(parseEngineConfig({ workers }).workers.values(), { ...STEP_SIZES, gpu: instances });
    };
    const gpu = { provider: 'p', cpu: 4, memory: 14_336, disk: 50 };
    expect(() => check({ timeout: '2 h' }, gpu)).not.toThrow();
    expect(() => check({})).toThrow('workers[0].gpu: this deployment has no GPU; remove it');
    expect(() => check({ cpu: 2, disk: 30, timeout: '25 h' }, gpu)).toThrow(
      'workers[0].cpu: a step with a GPU gets a whole instance, whose size the deployment sets; remove it; ' +
        'workers[0].disk: a step with a GPU gets a whole instance, whose size the deployment sets; remove it; ' +
        'workers[0].timeout: 25 h exceeds the maximum of 24 h',
    );
    expect(() => check({ spot: true }, gpu)).toThrow('a step with a GPU does not run on spare capacity');
    expect(() => check({ architecture: 'ARM64' }, gpu)).toThrow(
      'a step with a GPU runs on X86_64; remove it',
    );
    expect(() => check({ architecture: 'X86_64' }, gpu)).not.toThrow();
  });

  it('compares all workers with the maxima of the deployment', () => {
    const workers = [
      { name: 'a', type: 'docker', memory: '31 GiB', cpu: 5 },
      { name: 'b', type: 'docker', cpu: 1 },
      { name: 'c', type: 'docker', timeout: '25 h' },
    ];
    const check = () => checkSizes(parseEngineConfig({ workers }).workers.values(), STEP_SIZES);
    expect(check).toThrow(expect.objectContaining({ code: 'engine-config.size' }));
    expect(check).toThrow(
      'workers[0].cpu: 5 vCPU exceeds the maximum of 4 vCPU; ' +
        'workers[0].memory: 31 GiB exceeds the maximum of 30 GiB; ' +
        'workers[2].timeout: 25 h exceeds the maximum of 24 h',
    );
  });

  it('accepts vars for variables and mappings for lists', () => {
    const worker = { name: 'w', type: 'subprocess', env: { A: 1, B: true }, vars: { x: 'y' } };
    const config = parseEngineConfig({ workers: [worker] });
    expect(config.workers.get('w')?.env).toEqual(
      new Map([
        ['A', '1'],
        ['B', 'true'],
      ]),
    );
    expect(config.workers.get('w')?.variables).toEqual(new Map([['x', 'y']]));
  });

  it('accepts workers by image, as flowServ 0.8 does', () => {
    const args = { variables: { python: 'py' }, env: { A: 'a' } };
    const config = parseEngineConfig({ workers: [{ image: 'python:3.7', worker: 'docker', args }] });
    expect(workerOf(config, 's', 'python:3.7').variables).toEqual(new Map([['python', 'py']]));
    expect(workerOf(config, 's', 'other').variables.get('python')).toBe('python');
  });

  it('I22: a container step without a mapping has the default worker', () => {
    const { name, env, variables } = workerOf(parseEngineConfig(null), 's', 'image');
    expect([name, env.size, variables.get('java')]).toEqual(['__default__', 0, 'java']);
  });

  it('I23: rejects a mapping to an unknown worker and an unknown worker type', () => {
    const mapped = { workflow: [{ step: 's', worker: 'w' }] };
    expect(() => parseEngineConfig(mapped)).toThrow(expect.objectContaining({ status: 404 }));
    expect(() => parseEngineConfig(mapped)).toThrow("workflow[0].worker: unknown worker 'w'");
    const typed = { workers: [{ name: 'w', type: 'remote' }] };
    expect(() => parseEngineConfig(typed)).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => parseEngineConfig(typed)).toThrow("workers[0].type: invalid value 'remote'");
  });

  it('says that a switch must be true or false', () => {
    const parse = (settings: object) => () =>
      parseEngineConfig({ workers: [{ name: 'w', type: 'docker', ...settings }] });
    expect(parse({ gpu: 1 })).toThrow('workers[0].gpu: must be true or false');
    expect(parse({ spot: 'true' })).toThrow('workers[0].spot: must be true or false');
  });

  it('I25: rejects a list instead of an object', () => {
    expect(() => parseEngineConfig([])).toThrow(expect.objectContaining({ code: 'engine-config.invalid' }));
  });

  it('rejects only container steps that are mapped to a worker for notebooks', () => {
    const workers = [{ name: 'n', type: 'notebook' }];
    const config = parseEngineConfig({ workers, workflow: [{ step: 's', worker: 'n' }] });
    expect(() => workerOf(config, 's', 'image')).toThrow("worker 'n' cannot run container step 's'");
    expect(workerOf(config, 'other', 'image').name).toBe('__default__');
  });

  it('I22: runs each type of steps by a worker of its own, without a mapping by the default', () => {
    const types = ['subprocess', 'docker', 'fargate', 'code', 'notebook', 'nbdocker', 'nb_docker'];
    const workers = types.map((type) => ({ name: type, type, image: 'i' }));
    const workflow = types.map((type) => ({ step: type, worker: type }));
    const config = parseEngineConfig({ workers, workflow });
    const steps = ['container', 'code', 'notebook'] as const;
    const runs = (worker: string) =>
      steps.filter((type) => {
        try {
          return workerOf(config, worker, null, type).name === worker;
        } catch {
          return false;
        }
      });
    const container = Array(3).fill(['container']);
    expect(types.map(runs)).toEqual([...container, ['code'], ...Array(3).fill(['notebook'])]);
    expect(steps.map((type) => workerOf(config, 'other', null, type).runs)).toEqual(steps);
    expect(workerOf(config, 'code', null, 'code').image).toBe('i');
  });

  it('does not select a worker by an image that a participant chooses', () => {
    const config = parseEngineConfig({
      workers: [{ image: 'i', worker: 'docker', args: { env: [kv('K', 'v')] } }],
    });
    expect(workerOf(config, 's', 'i').name).toBe('image i');
    expect(workerOf(config, 's', null).name).toBe('__default__');
  });

  it('selects workers by image for container steps only', () => {
    const config = parseEngineConfig({ workers: [{ image: 'i', worker: 'docker', args: {} }] });
    expect(workerOf(config, 's', 'i').name).toBe('image i');
    expect(workerOf(config, 's', 'i', 'notebook').name).toBe('__default__');
  });

  it.each(['A B', '', '1A', 'A=1', 'FS_TICKET', 'FLOWSERV_ARG_x', 'é', 'A\n'])(
    'rejects %j as the name of an environment variable',
    (name) => {
      const parse = () =>
        parseEngineConfig({ workers: [{ name: 'w', type: 'docker', env: [kv(name, 'a')] }] });
      expect(parse).toThrow(expect.objectContaining({ code: 'engine-config.env' }));
    },
  );
});
