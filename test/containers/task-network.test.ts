import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type ListenOptions } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import {
  containersOf,
  engine,
  expectNetworksGone,
  expectNothingLeft,
  oneStepIn,
  useEngineStack,
} from './engine-stack.ts';
import { images } from './images.ts';
import { run } from './run.ts';
import { begun, workFile } from './work-file.ts';

const PROGRAM = fileURLToPath(new URL('hostile-step/hostile_network.py', import.meta.url));
const report = z.array(z.object({ name: z.string(), succeeded: z.boolean(), detail: z.string() }));

/** A step that serves a port and an abstract socket in its network until the file `go` exists. */
const NEIGHBOUR = `
import os, socket, time
port, name = socket.socket(), socket.socket(socket.AF_UNIX)
port.bind(('0.0.0.0', 0))
name.bind(chr(0) + 'neighbour-%d' % port.getsockname()[1])
port.listen(), name.listen()
open('begun.new', 'w').write(str(port.getsockname()[1]))
os.rename('begun.new', 'begun')
while not os.path.exists('go'): time.sleep(0.1)
`;

describe.skipIf(!engine)('tasks with a network of their own', () => {
  const stack = useEngineStack({ FLOWSERV_TASK_NETWORK: 'task' });
  const servers = new AsyncDisposableStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });
  afterAll(() => servers.disposeAsync());

  /** Serves a port or an abstract socket of this host. */
  async function serve(where: ListenOptions): Promise<number> {
    const server = createServer((socket) => socket.end('served').on('error', () => {}));
    await once(server.listen(where), 'listening');
    servers.defer(() => void server.close());
    return where.path === undefined ? (server.address() as AddressInfo).port : 0;
  }

  async function begin(
    command: string,
    files: Readonly<Record<string, string>> = {},
    outputs: readonly string[] = [],
  ): Promise<string> {
    const template = oneStepIn(images.python, [command], { outputs });
    const group = await stack.group(await installTemplate(stack, template, files), alice.token, 'Group');
    return (await start(stack, group, alice.token)).json.id;
  }

  /** Runs attacks in a step; returns them with their outcomes. */
  async function attackInStep(attacks: readonly string[]) {
    const quoted = attacks.map((attack) => `'${attack}'`).join(' ');
    const files = { 'code/hostile_network.py': readFileSync(PROGRAM, 'utf8') };
    const command = `python3 code/hostile_network.py ${quoted} > report.json`;
    const id = await begin(command, files, ['report.json']);
    const ended = await stack.ended(id, alice.token);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    return report.parse(JSON.parse(await resultText(stack, ended, 'report.json')));
  }

  /** Runs attacks on the host as root, in the network of a process if its number is given. */
  async function attackOnHost(attacks: readonly string[], pid?: number) {
    const inNetwork = pid === undefined ? [] : [`--net=/proc/${pid}/ns/net`];
    return report.parse(
      JSON.parse(await run('nsenter', [...inNetwork, '--', 'python3', PROGRAM, ...attacks])),
    );
  }

  const successes = (found: z.infer<typeof report>) =>
    found.filter(({ succeeded }) => succeeded).map(({ name }) => name);

  it('run hello-world to its end', async () => {
    const workflow = await stack.install(example('hello-world'));
    const group = await stack.group(workflow, alice.token, 'Group');
    const started = await stack.greet(group, alice.token, 'Ada\n', [{ name: 'sleeptime', value: 0 }]);
    const ended = await stack.ended(started.id, alice.token);

    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, ended, 'results/greetings.txt')).toBe('Hello Ada!\n');
    const postproc = await stack.postproc(workflow, ({ state }) => ['SUCCESS', 'ERROR'].includes(state));
    expect(postproc).toMatchObject({ state: 'SUCCESS' });
  });

  it('reach the broker, S3 and their metadata, and nothing else of the server, the host and other tasks', async () => {
    await expectNothingLeft(stack);
    const neighbour = await begin(`python3 -c "${NEIGHBOUR.trim()}"`);
    const neighbourPort = await begun(stack.dataDir, 'begun');
    const finish = workFile(stack.dataDir, 'go');
    const neighbours = await containersOf(stack.dataDir);
    const pid = neighbours.find(({ name }) => name.endsWith('-step'))?.pid;
    const networks = new Set(neighbours.flatMap(({ network }) => network ?? []));

    const ports = z
      .record(z.string(), z.number())
      .parse(JSON.parse(readFileSync(join(stack.dataDir, 'ports.json'), 'utf8')));
    const { broker, s3, ...others } = ports;
    const address = (port: unknown) => `127.0.0.1:${port}`;
    const api = new URL(stack.url).pathname;
    const own = [`connect=${address(broker)}`, `connect=${address(s3)}`, 'connect=metadata', 'own-metadata'];
    const services = [new URL(stack.url).port, ...Object.values(others)].map(
      (port) => `connect=${address(port)}`,
    );
    const abstractName = `of-the-host-${process.pid}`;
    await serve({ path: `\0${abstractName}` });
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each && !each.internal && each.family === 'IPv4');
    const ofHost = [
      `connect=${address(await serve({ port: 0, host: '127.0.0.1' }))}`,
      ...(outside ? [`connect=${outside.address}:${await serve({ port: 0, host: '0.0.0.0' })}`] : []),
      `connect-abstract=${abstractName}`,
    ];
    const ofNeighbour = [`connect=${address(neighbourPort)}`, `connect-abstract=neighbour-${neighbourPort}`];
    const requests = [
      `request=POST http://${address(broker)}${api}/${BROKER_PATH}/inputs`,
      `request=POST http://${address(broker)}${api}/${BROKER_PATH}/uploads`,
      `request=GET http://${address(broker)}${api}/`,
      `request=GET http://${address(broker)}${api}/workflows`,
      `request=POST http://${address(broker)}${api}/users/login`,
      `request=GET http://${address(s3)}/`,
      `request=GET http://${address(s3)}/flowserv-local-data?list-type=2`,
    ];
    const taking = [`take=${address(broker)}`, `take=${address(s3)}`, 'take=metadata'];
    const sniffing = `sniff=${address(broker)}`;
    const socketsOfHost = `sockets=${join(stack.dataDir, 'tasks')}`;
    const free = 'take=127.0.0.1:54321';

    const found = await attackInStep([
      ...[...own, ...services, ...ofHost, ...ofNeighbour, ...requests, ...taking],
      ...[sniffing, 'sockets=/', socketsOfHost, 'interfaces', free],
    ]);
    const fromHost = await attackOnHost([
      ...services,
      ...ofHost,
      socketsOfHost,
      ...(outside ? ['interfaces'] : []),
    ]);
    const fromNeighbour = await attackOnHost([...ofNeighbour, sniffing], pid);
    finish.write('');
    expect(await stack.ended(neighbour, alice.token)).toMatchObject({ state: 'SUCCESS' });

    // All containers of the task have the same network, which is not that of the host.
    expect(neighbours.length).toBeGreaterThan(2);
    expect([...networks]).toEqual([expect.stringMatching(/^net:/)]);
    expect(networks).not.toContain(readlinkSync('/proc/self/ns/net'));
    expect(successes(found)).toEqual([...own, free]);
    const details = new Map(found.map(({ name, detail }) => [name, detail]));
    expect(requests.map((name) => details.get(name))).toEqual([
      ...['403', '403', '404', '404', '404'],
      ...['403', '403'],
    ]);
    expect(details.get('own-metadata')).toBe('stage step warden');
    // The same attacks succeed where nothing protects from them.
    expect(successes(fromHost)).toHaveLength(fromHost.length);
    expect(successes(fromNeighbour)).toHaveLength(fromNeighbour.length);

    await expectNothingLeft(stack);
    await expectNetworksGone([...networks]);
  });
});
