import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { storeUser } from '../end-to-end/known-user.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';

const FULL = "no space left on the server's disk";
/** A step that runs the text argument of its run as a script. */
const TEMPLATE = oneStep(
  ['python3 code/run.py "$[[script]]"'],
  'parameters: [{name: script, label: Script, dtype: string}]\n',
);
const PROGRAM = 'import os, sys; sys.exit(os.system(sys.argv[1]) >> 8)';

type Disk = Awaited<ReturnType<typeof mountSmallDisk>>;
type Server = Awaited<ReturnType<Disk['start']>>;

/** The requests of the tests to a server. */
function clientOf(server: Server, token: string) {
  const { url, services } = server.reach();
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...init,
      headers: { api_key: token, ...init.headers },
    });
    const text = await response.text();
    return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : {} };
  };
  const post = (path: string, body: unknown) =>
    send('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return {
    services,
    send,
    post,
    upload(group: string, bytes: number) {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)]), 'file.bin');
      return send('POST', `/uploads/${group}/files`, { body: form });
    },
    start: (group: string, script: string) =>
      post(`/groups/${group}/runs`, { arguments: [{ name: 'script', value: script }] }),
    ended: (run: string) =>
      poll(async () => {
        const { json } = await send('GET', `/runs/${run}`);
        return ['SUCCESS', 'ERROR'].includes(json.state) ? json : undefined;
      }, `run ${run} did not end`),
  };
}

describe.skipIf(!canMount)('a server on a disk of 20 MB', () => {
  let disk: Disk;
  let server: Server;
  let token = '';
  let workflow = '';
  let group = '';
  const client = () => clientOf(server, token);
  const rejected = { status: 507, json: { code: 'server.full', message: FULL, error: FULL } };

  beforeAll(async () => {
    disk = await mountSmallDisk('size=20m,nr_inodes=2000');
    server = await disk.start();
    const { services } = server.reach();
    token = (await storeUser(services, 'alice')).token;
    const install = async (folder: string) =>
      (await createWorkflow(services, await readSource(folder), { id: 'w' })).id;
    workflow = await installTemplate({ install }, TEMPLATE, { 'code/run.py': PROGRAM });
    group = (await client().post(`/workflows/${workflow}/groups`, { name: 'g' })).json.id;
  });
  afterAll(() => disk.remove());

  it.each([
    ['its files', 'head -c 30000000 /dev/zero >big.bin'],
    ['its output', 'cat /dev/zero'],
    ['many small files', 'i=0; while : >f$i; do i=$((i+1)); done'],
  ])('ends a run whose step fills the disk with %s, and keeps running (report 1)', async (_what, script) => {
    const run = await client().start(group, script);
    expect(run.status).toBe(201);
    const { state, messages } = await client().ended(run.json.id);
    expect(state).toBe('ERROR');
    expect(messages).toContain(`step 'only': ${FULL}`);
    const next = await client().start(group, 'echo 1');
    expect((await client().ended(next.json.id)).state).toBe('SUCCESS');
    expect((await client().upload(group, 1_000_000)).status).toBe(201);
  });

  it('returns 507 for what it cannot store, and keeps everything that it accepted (report 1)', async () => {
    const kept: string[] = [];
    let count = 0;
    const createGroup = async () => {
      count += 1;
      const made = await client().post(`/workflows/${workflow}/groups`, { name: `h${count}` });
      if (made.status === 201) kept.push(made.json.id);
      return made;
    };
    disk.fill();
    // The last page of each file has space for a few more.
    await expect.poll(createGroup).toMatchObject(rejected);
    expect(await client().upload(group, 100_000)).toMatchObject(rejected);
    expect(await client().start(group, 'echo 1')).toMatchObject(rejected);
    expect((await client().send('GET', `/groups/${group}`)).status).toBe(200);
    disk.free();
    expect((await createGroup()).status).toBe(201);
    expect((await client().upload(group, 100_000)).status).toBe(201);
    await server.kill('SIGKILL');
    server = await disk.start();
    for (const id of kept) expect((await client().send('GET', `/groups/${id}`)).status).toBe(200);
  });

  it('starts on a disk that is full with the files of a dead task (report 1)', async () => {
    await server.kill('SIGKILL');
    const task = `data/tasks/${'0'.repeat(32)}/volumes/work`;
    disk.run(`mkdir -p ${task} && cat /dev/zero >${task}/big`);
    server = await disk.start();
    expect(server.output()).toContain('\nready;');
    expect((await client().upload(group, 100_000)).status).toBe(201);
    expect(disk.run(`ls ${task}`).status).not.toBe(0);
  });

  it('reserves the last space for small files, so that it starts after uploads filled the disk', async () => {
    const upload = () => client().upload(group, 4_000_000);
    await expect.poll(upload, { timeout: 30_000 }).toMatchObject(rejected);
    expect((await client().upload(group, 10_000)).status).toBe(201);
    const run = await client().start(group, 'echo 1');
    expect((await client().ended(run.json.id)).state).toBe('SUCCESS');
    await server.kill('SIGKILL');
    server = await disk.start();
    const { files } = (await client().send('GET', `/uploads/${group}/files`)).json;
    for (const { id } of files) {
      expect((await client().send('DELETE', `/uploads/${group}/files/${id}`)).status).toBe(204);
    }
    expect((await upload()).status).toBe(201);
  });

  it('reports a full disk at the start', async () => {
    await server.kill('SIGTERM');
    disk.run('rm -rf data');
    disk.fill();
    const failedStart = await disk.start();
    expect(failedStart.output()).toBe(
      `flowServ cannot start: ${FULL}: make room on the disk of ${disk.dataDir}, and start again\n`,
    );
    expect(await failedStart.kill('SIGTERM')).toBe(1);
  });
});

describe.skipIf(!canMount)('a server with limited resources', () => {
  it('survives more connections than its limit of open files, and serves again (report 1)', async () => {
    const disk = await mountSmallDisk('size=20m');
    try {
      const server = await disk.start('ulimit -n 100');
      const { url } = server.reach();
      const { port, hostname } = new URL(url);
      const sockets = Array.from({ length: 200 }, () =>
        connect(Number(port), hostname).on('error', () => {}),
      );
      await expect.poll(() => sockets.some((socket) => socket.closed), { timeout: 20_000 }).toBe(true);
      for (const socket of sockets) socket.destroy();
      const status = () =>
        fetch(`${url}/`).then(
          (response) => response.status,
          () => 0,
        );
      await expect.poll(status, { timeout: 20_000 }).toBe(200);
      expect(await server.kill('SIGTERM')).toBe(0);
    } finally {
      disk.remove();
    }
  });

  it('reports a data folder that is not writable, and how to fix it (report 14)', async () => {
    const disk = await mountSmallDisk('ro');
    try {
      const { output } = await disk.start();
      expect(output()).toMatch(
        /^flowServ cannot start: the data folder \S+ cannot be written: \S+ is read-only, or belongs to another user; make it writable, or choose another folder with --data-dir or FLOWSERV_API_DIR\n$/,
      );
    } finally {
      disk.remove();
    }
  });
});
