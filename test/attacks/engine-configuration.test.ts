import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { priceOf } from '../../shared/costs/step-price.ts';
import { plannedSize } from '../../shared/engine/run-plan.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import {
  fileArgument,
  installTemplate,
  oneStep,
  resultText,
  SCORES,
  start,
} from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/**
 * Engine configuration of a participant does not affect commands or environments of the organiser's steps.
 */
const stack = useStack();
let alice: { id: string; token: string };
let workflow: string;
let group: string;

const FORGED = '{"score": 1000}';
const scored = oneStep(
  ['${python} code/score.py "$[[text]]" > result.json'],
  `${SCORES}parameters:
  - {name: text, dtype: file}
`,
  ['result.json'],
);
const files = {
  'code/score.py': 'import json, sys\nprint(json.dumps({"score": len(open(sys.argv[1]).read())}))\n',
};

beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await installTemplate(stack, scored, files, { id: 'scored' });
  group = await stack.group(workflow, alice.token, 'Group');
});

const worker = (more: object) => ({
  workers: [{ name: 'w', type: 'subprocess', ...more }],
  workflow: [{ step: 'only', worker: 'w' }],
});
const configurations: [string, Record<string, unknown>][] = [
  ['the variables of a worker', worker({ variables: { python: `echo '${FORGED}'; true` } })],
  [
    'the variables of a worker as a list',
    worker({ vars: [{ key: 'python', value: `echo '${FORGED}'; true` }] }),
  ],
  ['a search path', worker({ env: { PYTHONPATH: '.' } })],
  ['a library to load first', worker({ env: [{ key: 'LD_PRELOAD', value: './forged.so' }] })],
  [
    'a worker by image',
    {
      workers: [
        { image: 'python:3.9', worker: 'docker', args: { variables: { python: `echo '${FORGED}'; true` } } },
      ],
    },
  ],
];

/** Files that would become code with the configurations above. */
const plant = `import sys\nsys.stdout.write('${FORGED}')\nsys.stdout.flush()\nimport os\nos._exit(0)\n`;

/** Starts a run in a group and returns its score. */
async function scoreIn(where: string, config: unknown): Promise<unknown> {
  const upload = await fileArgument(stack, where, alice.token, plant, 'sitecustomize.py');
  const { status, json } = await stack.request('POST', `/groups/${where}/runs`, {
    token: alice.token,
    body: { arguments: [{ name: 'text', value: upload }], ...(config === undefined ? {} : { config }) },
  });
  expect(status).toBe(201);
  const run = await stack.ended(json.id, alice.token);
  expect(run).toMatchObject({ state: 'SUCCESS' });
  return JSON.parse(await resultText(stack, run, 'result.json')).score;
}

describe('an engine configuration that a participant sends', () => {
  it.each(configurations)('with a run cannot forge a score by %s', async (_, config) => {
    expect(await scoreIn(group, config)).toBe(plant.length);
  });

  it('with a group is returned and cannot forge a score', async () => {
    for (const [index, name] of (['config', 'engine'] as const).entries()) {
      const config = configurations[index * 2]?.[1];
      const body = { name: `Group by ${name}`, [name]: config };
      const made = await stack.request('POST', `/workflows/${workflow}/groups`, { token: alice.token, body });
      expect([made.status, made.json.config]).toEqual([201, config]);
      expect(await scoreIn(made.json.id, undefined)).toBe(plant.length);
    }
  });

  it.each([null, {}])('is accepted as %j', async (config) => {
    const body = { name: `With ${JSON.stringify(config)}`, config };
    const made = await stack.request('POST', `/workflows/${workflow}/groups`, { token: alice.token, body });
    expect(made.status).toBe(201);
    expect(await scoreIn(group, config)).toBe(plant.length);
  });

  it('does not change the steps of a run', async () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('python', 'only', 'python:3.9', 'PATH', '$(id)'));
    const name = fc.stringMatching(/^[A-Z]{1,8}$/);
    const pairs = fc.dictionary(name, text, { maxKeys: 3 });
    const configuration = fc
      .record({
        env: pairs,
        variables: fc.dictionary(text, text, { maxKeys: 3 }),
        network: fc.constant(true),
        architecture: fc.constant('ARM64'),
      })
      .map(worker);
    const stepsOf = async (where: string, config?: unknown) => {
      const argument = { name: 'text', value: await fileArgument(stack, where, alice.token, 'x', 'x.txt') };
      const body = { arguments: [argument], config };
      const { json } = await stack.request('POST', `/groups/${where}/runs`, { token: alice.token, body });
      await stack.request('PUT', `/runs/${json.id}`, { token: alice.token });
      return (await readRunDocument(stack.services, json.id)).plan.steps;
    };
    const plain = await stepsOf(group);
    expect(plain[0]).not.toHaveProperty('network');
    for (const [index, config] of fc.sample(configuration, 6).entries()) {
      const body = { name: `Random ${index}`, config };
      const made = await stack.request('POST', `/workflows/${workflow}/groups`, { token: alice.token, body });
      expect(made.json.config).toEqual(config);
      expect(await stepsOf(made.json.id, index % 2 === 0 ? config : undefined)).toEqual(plain);
    }
  });

  it('is rejected if it is invalid', async () => {
    const cases: [unknown, number][] = [
      [{ workers: 'w' }, 400],
      [{ workers: [{ name: 'w', type: 'robot' }] }, 400],
      [worker({ env: { FS_TICKET: 'x' } }), 400],
      [[], 400],
    ];
    for (const [config, status] of cases) {
      const inRun = await stack.request('POST', `/groups/${group}/runs`, {
        token: alice.token,
        body: { arguments: [], config },
      });
      const body = { name: 'Group', config };
      const inGroup = await stack.request('POST', `/workflows/${workflow}/groups`, {
        token: alice.token,
        body,
      });
      expect([inRun.status, inGroup.status]).toEqual([status, status]);
    }
  });
});

describe('a configuration of sizes that the manifest permits', () => {
  const template = `workflow:
  files: {outputs: [result.json]}
  steps:
    - {name: own, action: "$[[own]]"}
    - name: only
      action: {environment: 'python:3.9', commands: ['\${python} code/score.py code/score.py > result.json']}
parameters:
  - {name: own, dtype: actor}
${SCORES}`;
  const own = { environment: 'python:3.9', commands: ['true'] };
  const SIZES = 'participants: {config: [cpu, memory, disk, timeout]}\n';
  let sized: string;

  beforeAll(async () => {
    sized = await installTemplate(stack, template, files, { id: 'sized' }, SIZES);
  });

  /** Starts a run; returns its id. */
  async function startSized(where: string, config?: unknown): Promise<string> {
    const body = { arguments: [{ name: 'own', value: own }], ...(config === undefined ? {} : { config }) };
    const { status, json } = await stack.request('POST', `/groups/${where}/runs`, {
      token: alice.token,
      body,
    });
    expect(status).toBe(201);
    return json.id;
  }

  it('changes numbers of the participant’s own step only, whatever else it contains', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('python', 'only', 'own', 'python:3.9', 'PATH', '$(id)'),
    );
    const configuration = fc.record({
      workers: fc.array(
        fc.record(
          {
            name: fc.constantFrom('v', 'w'),
            type: fc.constant('docker'),
            cpu: fc.constantFrom(0.25, 2, '4'),
            memory: fc.constantFrom('512 MiB', '16 GiB'),
            disk: fc.constantFrom(30, '100 GiB'),
            timeout: fc.constantFrom(1, '10 min'),
            env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), text, { maxKeys: 3 }),
            variables: fc.dictionary(text, text, { maxKeys: 3 }),
            network: fc.boolean(),
            architecture: fc.constantFrom('ARM64', 'X86_64'),
          },
          { requiredKeys: ['name', 'type'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      workflow: fc.array(fc.constantFrom('own', 'only', 'other')),
    });
    const stepsOf = async (where: string, config?: unknown) => {
      const id = await startSized(where, config);
      await stack.request('PUT', `/runs/${id}`, { token: alice.token });
      return (await readRunDocument(stack.services, id)).plan.steps;
    };
    const plain = await stepsOf(await stack.group(sized, alice.token, 'Plain'));
    for (const [index, { workers, workflow: steps }] of fc.sample(configuration, 12).entries()) {
      const chosen = workers[0]?.name;
      const config = { workers, workflow: steps.map((step) => ({ step, worker: chosen })) };
      const body = { name: `Sized ${index}`, ...(index % 2 === 0 ? { config } : {}) };
      const made = await stack.request('POST', `/workflows/${sized}/groups`, { token: alice.token, body });
      const [first, scorer] = await stepsOf(made.json.id, index % 2 === 0 ? undefined : config);
      expect(scorer).toEqual(plain[1]);
      const { size, price } = first ?? {};
      expect({ ...first, size: plain[0]?.size, price: plain[0]?.price }).toEqual(plain[0]);
      expect(price).toEqual(
        priceOf(plannedSize({ ...(size && { size }) }), {}, stack.services.config.pricing),
      );
      for (const value of Object.values(first?.size ?? {})) expect(value).toBeTypeOf('number');
    }
  });

  it('cannot end the scorer early, nor forge a score', async () => {
    const config = {
      workers: [
        { name: 'w', type: 'docker', timeout: 0.001, variables: { python: `echo '${FORGED}'; true` } },
      ],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    const where = await stack.group(sized, alice.token, 'Attacker');
    const run = await stack.ended(await startSized(where, config), alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const score = JSON.parse(await resultText(stack, run, 'result.json')).score;
    expect(score).toBe(files['code/score.py'].length);
  });
});

describe('the engine configuration of the operator', () => {
  it('applies to the steps that it names, and not to a step whose image a participant chooses', async () => {
    const template = `workflow:
  files: {outputs: [mine.txt, theirs.txt]}
  steps:
    - {name: own, action: "$[[step]]"}
    - name: last
      action: {environment: 'python:3.9', commands: ['echo "$$KEY" > theirs.txt']}
parameters:
  - {name: step, dtype: actor}
`;
    const config = {
      workers: [{ image: 'python:3.9', worker: 'docker', args: { env: { KEY: 'secret' } } }],
    };
    const id = await installTemplate(stack, template, {}, { id: 'operator', config });
    const own = await stack.group(id, alice.token, 'Group');
    const step = { environment: 'python:3.9', commands: ['echo "key: $$KEY" > mine.txt'] };
    const run = await stack.ended((await start(stack, own, alice.token, { step })).json.id, alice.token);
    expect(await resultText(stack, run, 'mine.txt')).toBe('key: \n');
    expect(await resultText(stack, run, 'theirs.txt')).toBe('secret\n');
  });

  it('is rejected if it is invalid, at installation', async () => {
    const config = { workers: [{ name: 'w', type: 'robot' }] };
    await expect(installTemplate(stack, scored, files, { id: 'unreadable', config })).rejects.toThrow(
      "invalid value 'robot' for worker type",
    );
  });
});
