import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultKinds } from '@flowserv/local-aws';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Tests that go through a whole stack. */
const endToEnd = [
  'test/end-to-end/**/*.test.ts',
  'test/api-http/**/*.test.ts',
  'test/bin/**/*.test.ts',
  'test/client/client.test.ts',
  'test/examples/**/*.test.ts',
  'test/workflows/**/*.test.ts',
];
/** The life of runs, which services as unkind as AWS must not disturb. */
const underFaults = [
  'board',
  'hello-world',
  'life-cycle',
  'platform-failure',
  'post-processing',
  'queue',
  'removal',
  'results',
].map((name) => `test/end-to-end/${name}.test.ts`);
/** All faults at once, as each by itself takes two minutes; `FLOWSERV_TEST_FAULTS=each` asks for that. */
const faults = process.env.FLOWSERV_TEST_FAULTS === 'each' ? faultKinds : ['all'];
/** Compares what all others have recorded with the permissions of the CDK app, and so comes last. */
const recorded = 'test/permissions/recorded.test.ts';

const scratch = join(tmpdir(), `flowserv-tests-${process.pid}`);
const callsDir = join(scratch, 'calls');

interface Project {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly env?: Record<string, string>;
  /** Groups run one after the other; 1 unless it is given, as Vitest puts the files of 0 last on two processors. */
  readonly group?: number;
}

const project = ({
  name,
  include,
  exclude = [],
  env = {},
  group = 1,
}: Project): TestProjectInlineConfiguration => ({
  test: {
    name,
    include,
    exclude,
    env,
    pool: 'forks',
    // Patience, not expectation: machines are noisy, and a stack has up to ten processes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    sequence: { groupOrder: group },
    ...(include === endToEnd ? { globalSetup: ['test/end-to-end/setup.ts'] } : {}),
  },
});

export default defineConfig({
  test: {
    // Vitest would leave one processor free, but much of the time a test waits for another process.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      project({
        name: 'units',
        include: ['test/**/*.test.ts', 'local-aws/test/**/*.test.ts'],
        exclude: [...endToEnd, recorded],
      }),
      project({
        name: 'end-to-end',
        include: endToEnd,
        env: {
          FLOWSERV_ISOLATE: '1',
          FLOWSERV_BUNDLES_DIR: join(scratch, 'bundles'),
          FLOWSERV_CALLS_DIR: callsDir,
        },
      }),
      ...faults.map((kind) =>
        project({ name: `faults: ${kind}`, include: underFaults, env: { FLOWSERV_FAULTS: kind } }),
      ),
      project({
        name: 'permissions',
        include: [recorded],
        env: { FLOWSERV_CALLS_DIR: callsDir },
        group: 2,
      }),
    ],
  },
});
