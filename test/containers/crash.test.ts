import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireStack } from '../../bin/session/location.ts';
import { createClient } from '../../shared/client/client.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { startProgram } from '../bin/run-cli.ts';
import { installTemplate } from '../end-to-end/install-template.ts';
import { storeUser } from '../end-to-end/known-user.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { containersOf, engine, expectNetworksGone, expectNothingLeft, oneStepIn } from './engine-stack.ts';
import { images } from './images.ts';
import { engineSettings } from './podman.ts';
import { begun, workFile } from './work-file.ts';

/** The network namespaces of containers, except that of this host. */
const networksOf = (containers: Awaited<ReturnType<typeof containersOf>>) =>
  containers.map(({ network }) => network).filter((network) => network !== readlinkSync('/proc/self/ns/net'));

/** The default, and one network for each task. */
const networks = ['container', 'task'];

describe.skipIf(!engine).each(networks)(
  'a server killed while a step runs, with a network by %s',
  (network) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-crash-'));
    const env = {
      FLOWSERV_API_DIR: dataDir,
      FLOWSERV_TASK_NETWORK: network,
      ...(engine ? engineSettings(engine) : {}),
    };
    let server: ReturnType<typeof startProgram> | undefined;
    afterAll(async () => {
      server?.child.kill('SIGTERM');
      await server?.outcome;
      rmSync(dataDir, { recursive: true, force: true });
    });

    async function serve() {
      server = startProgram('flowserv', ['local', '--port', '0'], { env });
      await server.shows('ready; stop with Ctrl-C');
      const { url, operator } = requireStack(env);
      return { server, url, services: createServices(readConfig(operator)) };
    }

    it('removes its containers when it restarts, and the run succeeds', async () => {
      const first = await serve();
      const install = async (folder: string) =>
        (await createWorkflow(first.services, await readSource(folder), {})).id;
      const waits = 'echo begun > begun; until test -e go; do sleep 0.1; done; echo done > out.txt';
      const workflow = await installTemplate(
        { install },
        oneStepIn(images.alpine, [waits], { outputs: ['out.txt'] }),
      );
      const { token } = await storeUser(first.services, 'alice');
      const client = createClient({ url: first.url, token });
      const group = await client.groups.create(workflow, { name: 'Group' });
      const { id } = await client.runs.start(group.id);
      await begun(dataDir, 'begun');
      const before = await containersOf(dataDir);
      expect(before.length).toBeGreaterThan(0);

      first.server.child.kill('SIGKILL');
      await first.server.outcome;
      // They continue to run.
      expect((await containersOf(dataDir)).map((container) => container.id)).toEqual(
        expect.arrayContaining(before.map((container) => container.id)),
      );
      const second = await serve();
      await begun(dataDir, 'begun');
      const after = (await containersOf(dataDir)).map((container) => container.id);
      expect(after).not.toEqual(expect.arrayContaining([before[0]?.id]));
      workFile(dataDir, 'go').write('');
      const again = createClient({ url: second.url, token });
      const run = await poll(async () => {
        const handle = await again.runs.get(id);
        return ['SUCCESS', 'ERROR', 'CANCELED'].includes(handle.state) ? handle : undefined;
      }, 'the run did not end');
      expect(run).toMatchObject({ state: 'SUCCESS' });
      await expectNothingLeft({ dataDir });
      await expectNetworksGone(networksOf(before));
    });
  },
);
