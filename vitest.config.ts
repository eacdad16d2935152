import { rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultKinds } from '@flowserv/local-aws';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BUNDLES, COMPILE_CACHE } from './test/caches.ts';
import { LongestFirst } from './test/longest-first.ts';
import { keepTemporaryFilesInMemory } from './test/memory-folder.ts';
import { searchPythonFirst } from './test/python-first.ts';

const endToEndTests = (...names: string[]) => names.map((name) => `test/end-to-end/${name}.test.ts`);

/** Tests that use a whole stack. */
const stacks = [
  'test/end-to-end/**/*.test.ts',
  'test/api-http/**/*.test.ts',
  'test/attacks/**/*.test.ts',
  'test/bin/**/*.test.ts',
  'test/client/client.test.ts',
  'test/examples/**/*.test.ts',
  'test/maintenance/**/*.test.ts',
  'test/reports/**/*.test.ts',
  'test/workflows/**/*.test.ts',
];
/** A benchmark from its first request to its post-processing, which fails first when anything is broken. */
const smoke = endToEndTests('hello-world');
/**
 * Stacks whose functions run as bundles in separate processes, and whose steps have their own wardens, as on AWS. The
 * tests of the client call every route. Those of archives and of healing call the functions that no route calls.
 */
const onBundles = [
  'test/api-http/{archives,crates}.test.ts',
  'test/client/client.test.ts',
  ...endToEndTests(
    'broker',
    'healing',
    'hello-world',
    'isolation',
    'large-documents',
    'modes',
    'platform-failure',
    'restarts',
  ),
];
/** The life cycle of runs, which must also work with fault injection. */
const underFaults = endToEndTests(
  'leaderboard',
  'hello-world',
  'life-cycle',
  'parallel-steps',
  'platform-failure',
  'post-processing',
  'queue',
  'removal',
  'results',
);
/**
 * Unit tests that build, install, synthesise or kill something, or try very many inputs: too slow for the inner loop.
 */
const slowUnits = [
  'test/{bench,bundle,faults,fuzz,infra,package}/**/*.test.ts',
  'test/api/calls-of-reads.test.ts',
  'test/template/{fuzz,agreement,agreement-prompts}.test.ts',
  'local-aws/test/**/{durability,kill,restart,child-process,child-process-failures}.test.ts',
];
/** Tests against downloaded engines and tools of others; only in `npm run test:witnesses`. */
const WITNESSES = 'test/witnesses/**/*.test.ts';
/** Checks the requests that the tests on witnesses recorded, and therefore runs after them. */
const REQUESTS = 'test/witnesses/requests/*.test.ts';
/** Tests with real containers and their own engine; only in `npm run test:containers`. */
const CONTAINERS = ['test/containers/**/*.test.ts', 'local-aws/test/ecs/engine/*.podman.test.ts'];
/** Tests that also run on AWS's own DynamoDB: those that depend on conditions, transactions, pages and indexes. */
const onDynamoDbLocal = [
  'test/api-http/{attempts,authorization,multipart-uploads,files,group-changes,groups,pages,repeated-requests}.test.ts',
  'test/api-http/{results,workflows}.test.ts',
  'test/workflows/{remove,update}.test.ts',
  ...endToEndTests('leaderboard', 'life-cycle', 'post-processing', 'queue', 'removal', 'results'),
];
/** Tests that also run on an independent S3: uploads, links, parts, archives, reads and removals. */
const onVersityGateway = [
  'test/api-http/{archives,crates,multipart-uploads,multipart-uploads-client,download-links,files}.test.ts',
  ...endToEndTests('broker', 'hello-world', 'removal'),
];
/** Unit tests that start many processes or wait for timeouts: not in the inner loop either. */
const waitingUnits = [
  'test/staging/**/*.test.ts',
  'local-aws/test/ecs/sandbox*.test.ts',
  'test/engine/state-machine.test.ts',
  'test/engine/commands/command-values.test.ts',
  'local-aws/test/stepfunctions/{lambda-task,states}.test.ts',
];
/** All faults at once, because each one separately takes two minutes; `FLOWSERV_TEST_FAULTS=each` selects that. */
const faults = process.env.FLOWSERV_TEST_FAULTS === 'each' ? faultKinds : ['all'];
/** Compares what all other tests recorded with the permissions of the CDK app, and therefore runs last. */
const recorded = 'test/permissions/recorded.test.ts';

/** For folders that a sandbox shows to its steps, because a sandbox has its own `/dev/shm`. */
const onDisk = { TMPDIR: tmpdir() };
searchPythonFirst();
// The images and layers of containers need a file system on disk.
if (!process.env.FLOWSERV_TEST_CONTAINERS) keepTemporaryFilesInMemory();
const scratch = join(tmpdir(), `flowserv-tests-${process.pid}`);
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const recordCalls = { FLOWSERV_CALLS_DIR: join(scratch, 'calls') };
const recordRequests = { FLOWSERV_TEST_REQUESTS_DIR: join(scratch, 'requests') };
const isolate = { FLOWSERV_ISOLATE: '1' };
/** Of all workers: what is built once for all of them. */
const caches = { NODE_COMPILE_CACHE: COMPILE_CACHE, FLOWSERV_BUNDLES_DIR: BUNDLES };

interface Project {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly env?: Record<string, string>;
  /** Groups run one after the other; 1 by default, because Vitest runs the files of group 0 last on two processors. */
  readonly group?: number;
  /** Module that runs once before all files of the project. */
  readonly globalSetup?: string;
  /** Whether passwords are hashed with the parameters of production. */
  readonly usualHashes?: boolean;
}

const project = ({
  name,
  include,
  exclude = [],
  env = {},
  group = 1,
  globalSetup,
  usualHashes = false,
}: Project): TestProjectInlineConfiguration => ({
  test: {
    name,
    include,
    exclude,
    env: { ...caches, ...env },
    // Each worker loads the sources once for all its files.
    isolate: false,
    pool: 'forks',
    // Much longer than expected, because hosts are noisy, and a stack has up to ten processes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    unstubEnvs: true,
    setupFiles: usualHashes ? [] : ['test/cheap-hashes.ts'],
    sequence: { groupOrder: group },
    globalSetup: [
      ...('FLOWSERV_ISOLATE' in env ? ['test/end-to-end/setup.ts'] : []),
      ...('FLOWSERV_TEST_REQUESTS_DIR' in env ? ['test/witnesses/setup.ts'] : []),
      ...(globalSetup ? [globalSetup] : []),
    ],
  },
});

export default defineConfig({
  test: {
    // Two more than processors, because half of the time a test waits for a timer or another process. Vitest's default
    // leaves one processor free.
    maxWorkers: Math.max(2, availableParallelism()) + 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      project({
        name: 'units',
        include: ['test/**/*.test.ts', 'local-aws/test/**/*.test.ts'],
        exclude: [...stacks, ...slowUnits, ...waitingUnits, recorded, WITNESSES, ...CONTAINERS],
        usualHashes: true,
      }),
      project({ name: 'smoke', include: smoke }),
      project({ name: 'slow units', include: slowUnits }),
      project({ name: 'waiting units', include: waitingUnits, env: onDisk }),
      project({ name: 'end-to-end', include: stacks, exclude: onBundles, env: recordCalls }),
      project({
        name: 'isolated',
        include: onBundles,
        env: { ...isolate, ...recordCalls },
        usualHashes: true,
      }),
      ...faults.map((kind) =>
        project({ name: `faults: ${kind}`, include: underFaults, env: { FLOWSERV_FAULTS: kind } }),
      ),
      ...(process.env.FLOWSERV_TEST_WITNESSES === '1'
        ? [
            project({ name: 'witnesses', include: [WITNESSES], exclude: [REQUESTS], env: recordRequests }),
            project({ name: 'requests', include: [REQUESTS], env: recordRequests, group: 2 }),
            project({
              name: 'dynamodb-local',
              include: onDynamoDbLocal,
              env: { FLOWSERV_TEST_DYNAMODB_LOCAL: '1', ...recordRequests },
            }),
            project({
              name: 'versity-gateway',
              include: onVersityGateway,
              env: { FLOWSERV_TEST_VERSITY_GATEWAY: '1', ...recordRequests },
            }),
          ]
        : []),
      ...(process.env.FLOWSERV_TEST_CONTAINERS
        ? [project({ name: 'containers', include: CONTAINERS, globalSetup: 'test/containers/setup.ts' })]
        : []),
      project({ name: 'permissions', include: [recorded], env: recordCalls, group: 2 }),
    ],
  },
});
