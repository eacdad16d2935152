import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, expect, inject } from 'vitest';
import * as z from 'zod';
import { TASKS_FOLDER } from '../../infra/local/names.ts';
import { installTemplate, start } from '../end-to-end/install-template.ts';
import { poll, type Reply, type RunningStack } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { engineSettings } from './podman.ts';

/** Folder in which engines keep network namespaces. */
const NAMED_NETWORKS = '/run/netns';

/** The engine of these tests; undefined if no engine works, in which case the tests are skipped. */
export const engine = inject('engine');

/** Starts a stack whose tasks are containers; checks at the end that no task is left. */
export function useEngineStack(more: Readonly<Record<string, string>> = {}) {
  const stack = useStack({ env: engine ? { ...engineSettings(engine), ...more } : {}, check: 'consistency' });
  afterAll(() => expectNothingLeft(stack));
  return stack;
}

/** A template with one step in an image. */
export const oneStepIn = (
  image: string,
  commands: readonly string[],
  { outputs = [], more = '' }: { readonly outputs?: readonly string[]; readonly more?: string } = {},
): string => `workflow:
  files:
    outputs: ${JSON.stringify(outputs)}
  steps:
    - name: only
      action:
        environment: ${image}
        commands: ${JSON.stringify(commands)}
${more}`;

/** Creates a user who installs and runs workflows. */
export async function participant(stack: RunningStack, name: string) {
  const user = await stack.user(name);
  const begin = async (template: string): Promise<string> => {
    const workflow = await installTemplate(stack, template);
    const group = await stack.group(workflow, user.token, 'Group');
    const reply = await start(stack, group, user.token);
    expect(reply.status).toBe(201);
    return reply.json.id;
  };
  return {
    ...user,
    /** Installs a template without parameters and starts a run; returns the run's id. */
    begin,
    /** Does the same and waits for the end of the run; returns the run's handle. */
    run: async (template: string): Promise<Reply['json']> => stack.ended(await begin(template), user.token),
  };
}

/** Waits until no container, in any state, and no folder of a stack's tasks is left. */
export async function expectNothingLeft({ dataDir }: Pick<RunningStack, 'dataDir'>): Promise<void> {
  await poll(async () => {
    const containers = await containersOf(dataDir);
    const folders = readdirSync(join(dataDir, TASKS_FOLDER)).filter((name) => !name.startsWith('.'));
    return containers.length + folders.length === 0 ? true : undefined;
  }, 'containers or folders of tasks are left');
}

const list = z.array(z.object({ Id: z.string() }));
const inspection = z.object({
  Name: z.string(),
  Mounts: z.array(z.object({ Source: z.string() })),
  State: z.object({ Pid: z.number() }),
});

interface FoundContainer {
  readonly id: string;
  readonly name: string;
  /** Number of its first process on the host. */
  readonly pid: number;
  /** Its network namespace; undefined if it does not run. */
  readonly network: string | undefined;
}

/** Returns the containers of a stack's tasks, identified by the folders that they mount. */
export async function containersOf(dataDir: string): Promise<readonly FoundContainer[]> {
  const all = list.parse(await ask('/containers/json?all=true'));
  const found = await Promise.all(
    all.map(async ({ Id: id }) => {
      const inspected = inspection.safeParse(await ask(`/containers/${id}/json`));
      // It may be removed in the meantime.
      if (!inspected.success) return [];
      const { Name: name, Mounts, State } = inspected.data;
      const container = { id, name, pid: State.Pid, network: networkOf(State.Pid) };
      return Mounts.some(({ Source }) => Source.startsWith(`${dataDir}/`)) ? [container] : [];
    }),
  );
  return found.flat();
}

/** The network namespace of a process; undefined if the process does not exist. */
function networkOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Waits until no process has one of these network namespaces, and no file keeps it. */
export async function expectNetworksGone(networks: readonly (string | undefined)[]): Promise<void> {
  const files = existsSync(NAMED_NETWORKS) ? readdirSync(NAMED_NETWORKS) : [];
  const kept = () => [
    ...readdirSync('/proc').map((entry) => (/^\d+$/.test(entry) ? networkOf(entry) : undefined)),
    ...files.map((file) => `net:[${statSync(join(NAMED_NETWORKS, file), { throwIfNoEntry: false })?.ino}]`),
  ];
  await poll(
    async () => (kept().some((each) => each !== undefined && networks.includes(each)) ? undefined : true),
    'network namespaces of tasks are left',
  );
}

/** Sends a GET request to the engine. */
function ask(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'engine' };
    const asking = request({ socketPath: engine?.socket, path: `/v1.41${path}`, headers });
    asking.on('response', (response) => json(response).then(resolve, reject));
    asking.on('error', reject).end();
  });
}
