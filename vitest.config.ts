import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { faultKinds } from './infra/local/faults/settings.ts';

/** Tests that go through a whole stack. */
const endToEnd = [
  'test/local/*.test.ts',
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
].map((name) => `test/local/${name}.test.ts`);
/** Compares what all others have recorded with the permissions of the CDK app, and so comes last. */
const recorded = 'test/permissions/recorded.test.ts';

const scratch = join(tmpdir(), `flowserv-tests-${process.pid}`);
const callsDir = join(scratch, 'calls');

interface Project {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly env?: Record<string, string>;
  /** Groups run one after the other, the default one first. */
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
    sequence: { groupOrder: group },
    ...(include === endToEnd ? { globalSetup: ['test/end-to-end.setup.ts'] } : {}),
  },
});

export default defineConfig({
  test: {
    // Much of the time a test waits for another process.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project({ name: 'units', include: ['test/**/*.test.ts'], exclude: [...endToEnd, recorded] }),
      project({
        name: 'end-to-end',
        include: endToEnd,
        env: {
          FLOWSERV_ISOLATE: '1',
          FLOWSERV_BUNDLES_DIR: join(scratch, 'bundles'),
          FLOWSERV_CALLS_DIR: callsDir,
        },
      }),
      ...faultKinds.map((kind) =>
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
