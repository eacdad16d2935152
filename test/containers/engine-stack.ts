import { readdirSync } from 'node:fs';
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

/** The engine of these tests; undefined where none works, and the tests are skipped. */
export const engine = inject('engine');

/** A stack whose tasks are containers, with a user; looks in the end that it has left none of them. */
export function useEngineStack() {
  const stack = useStack({ env: engine ? engineSettings(engine) : {}, check: 'consistency' });
  afterAll(() => expectNothingLeft(stack));
  return stack;
}

/** A workflow of one step in an image. */
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

/** A participant of a stack, who runs workflows of their own. */
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
    /** Starts a run of a template without parameters; returns its id. */
    begin,
    /** Does the same, and waits for the run's end; returns its handle. */
    run: async (template: string): Promise<Reply['json']> => stack.ended(await begin(template), user.token),
  };
}

/** Waits until no task of a stack is left: none of its containers, whatever their state, and none of its folders. */
export async function expectNothingLeft({ dataDir }: Pick<RunningStack, 'dataDir'>): Promise<void> {
  await poll(async () => {
    const containers = await containersOf(dataDir);
    const folders = readdirSync(join(dataDir, TASKS_FOLDER)).filter((name) => !name.startsWith('.'));
    return containers.length + folders.length === 0 ? true : undefined;
  }, 'containers or folders of tasks are left');
}

const list = z.array(z.object({ Id: z.string() }));
const inspection = z.object({ Name: z.string(), Mounts: z.array(z.object({ Source: z.string() })) });

interface FoundContainer {
  readonly id: string;
  readonly name: string;
}

/** The containers of a stack's tasks, known by the folders that they have. */
export async function containersOf(dataDir: string): Promise<readonly FoundContainer[]> {
  const all = list.parse(await ask('/containers/json?all=true'));
  const found = await Promise.all(
    all.map(async ({ Id: id }) => {
      const inspected = inspection.safeParse(await ask(`/containers/${id}/json`));
      // It may be gone meanwhile.
      if (!inspected.success) return [];
      const { Name: name, Mounts } = inspected.data;
      return Mounts.some(({ Source }) => Source.startsWith(`${dataDir}/`)) ? [{ id, name }] : [];
    }),
  );
  return found.flat();
}

/** Asks the engine. */
function ask(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'engine' };
    const asking = request({ socketPath: engine?.socket, path: `/v1.41${path}`, headers });
    asking.on('response', (answer) => json(answer).then(resolve, reject));
    asking.on('error', reject).end();
  });
}
