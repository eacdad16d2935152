import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileOf } from '../../shared/storage-volumes/file-content.ts';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import { parseVolumeConfig, volumeDocument } from '../../shared/storage-volumes/volume-config.ts';
import { useRunning } from '../running.ts';
import { keysIn, openOn, testVolume } from '../storage-volumes/contract.ts';
import { KEYS, s3Volumes } from '../storage-volumes/s3-server.ts';
import { startFakeGcs } from './fake-gcs-server.ts';
import { streamThrough } from './large-stream.ts';
import { noOpenSsh, startOpenSsh } from './openssh-server.ts';
import { startVersityGateway } from './versity-gateway.ts';

testVolume("Versity's S3 gateway", async () => {
  const server = await startVersityGateway([KEYS]);
  return s3Volumes(server.endpoint, () => server.close());
});

testVolume('fake-gcs-server', async () => {
  const { endpoint, close } = await startFakeGcs('volumes');
  const args = { bucket: 'volumes', endpoint };
  return {
    configuration: () => ({ type: 'gc', args: { ...args, prefix: `base/${randomUUID()}` } }),
    close,
  };
});

const openSsh = async () => {
  const { port, folder, hostKey, login, close } = await startOpenSsh();
  const args = { hostname: '127.0.0.1', port, host_key: hostKey, credentials: 'SSH_LOGIN' };
  return {
    configuration: () => ({ type: 'sftp', args: { ...args, basedir: join(folder, randomUUID(), 'base') } }),
    secrets: { SSH_LOGIN: login },
    folder,
    args,
    close,
  };
};

if (noOpenSsh === undefined) testVolume('OpenSSH', openSsh);

/** File with the configuration of a volume of yours, whose credentials are in the variable that it names. */
const yours = process.env.FLOWSERV_TEST_VOLUME;

if (yours !== undefined) {
  testVolume(`the volume of ${yours}`, async () => {
    const config = parseVolumeConfig(parse(readFileSync(yours, 'utf8')));
    const name = 'credentials' in config.location ? config.location.credentials : undefined;
    const secrets = name === undefined ? {} : { [name]: process.env[name] ?? '' };
    const whole = await openOn({ configuration: () => volumeDocument(config), secrets });
    const folder = `flowserv-tests-${randomUUID()}`;
    const tests = whole.subVolume(folder);
    return {
      configuration: () => volumeDocument(tests.subVolume(randomUUID()).configuration()),
      secrets,
      async close() {
        await whole.delete(folder);
        await whole.close();
      },
    };
  });
}

it('streams 2 GB to a server and back without keeping them in memory', async () => {
  const { endpoint, close } = await startVersityGateway([KEYS]);
  const server = await s3Volumes(endpoint, close);
  const { bytes, maxRss } = await streamThrough(server, 2_000_000_000);
  await server.close();
  expect(bytes).toBe(2_000_000_000);
  // Node with the SDK takes 100 MB, two parts of 32 MiB with their copies 200 MB.
  expect(maxRss).toBeLessThan(450_000_000);
});

/** Starts a server that relays connections to a port until `cut` ends them. */
async function startRelay(to: number) {
  const sockets: Socket[] = [];
  const relay = createServer((socket) => {
    const target = connect(to, '127.0.0.1');
    for (const one of [socket, target]) sockets.push(one.on('error', () => {}));
    socket.pipe(target).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const { port } = relay.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return { port, cut, close: async () => void relay.close() };
}

describe.skipIf(noOpenSsh)('an SFTP server', () => {
  const server = useRunning(openSsh, (running) => running.close());

  it('is rejected if it has another key than the configuration', async () => {
    const args = { ...server.args, basedir: server.folder, host_key: `SHA256:${'a'.repeat(43)}` };
    const config = parseVolumeConfig({ type: 'sftp', args });
    const opening = openVolume(config, async () => server.secrets.SSH_LOGIN);
    await expect(opening).rejects.toThrow(/verification/i);
  });

  it('fails a transfer whose connection is lost, and keeps the old file', async () => {
    const { port, cut, close } = await startRelay(server.args.port);
    const base = join(server.folder, randomUUID());
    const at = (chosen: number) => ({
      ...server,
      configuration: () => ({ type: 'sftp', args: { ...server.args, basedir: base, port: chosen } }),
    });
    const lost = await openOn(at(port));
    await lost.store(fileOf('old'), 'a.txt');
    async function* halves() {
      yield Buffer.from('first half');
      cut();
      yield Buffer.alloc(1024 * 1024);
    }
    const file = { size: 10 + 1024 * 1024, open: async () => Readable.from(halves()) };
    await expect(lost.store(file, 'a.txt')).rejects.toThrow();
    await expect(lost.load('a.txt')).rejects.toThrow();
    await lost.close();
    await close();
    const again = await openOn(at(server.args.port));
    expect(await keysIn(again)).toEqual(['a.txt']);
    expect((await again.load('a.txt')).size).toBe(3);
    await again.close();
  });

  it('does not follow links out of the volume', async () => {
    const [base, outside] = [join(server.folder, 'v'), join(server.folder, 'v-2')];
    for (const folder of [base, outside]) mkdirSync(folder);
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    symlinkSync(outside, join(base, 'link'));
    symlinkSync(join(outside, 'secret.txt'), join(base, 'secret.txt'));
    const volume = await openOn({
      ...server,
      configuration: () => ({ type: 'sftp', args: { ...server.args, basedir: base } }),
    });
    const unsafe = { code: 'path.unsafe' };
    await expect(volume.load('link/secret.txt')).rejects.toMatchObject(unsafe);
    await expect(volume.store(fileOf('x'), 'link/new')).rejects.toMatchObject(unsafe);
    await expect(volume.delete('link/secret.txt')).rejects.toMatchObject(unsafe);
    await expect(volume.load('secret.txt')).rejects.toMatchObject({ code: 'file.unknown' });
    expect(await keysIn(volume)).toEqual([]);
    await volume.erase();
    await volume.close();
    expect(readdirSync(base)).toEqual([]);
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });
});
