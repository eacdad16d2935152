import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp } from '../../shared/remote-engines/http.ts';
import { createWes } from '../../shared/remote-engines/wes/wes.ts';
import { runOf, step } from './remote-run.ts';

/** A server that answers with anything, and another one, which must get no request. */
let url: string;
let elsewhere: string;
let respond: (request: IncomingMessage, response: ServerResponse) => void;
const requests: string[] = [];
const leaked: string[] = [];
const servers = [
  createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    respond(request, response);
  }),
  createServer((request, response) => {
    leaked.push(`${request.url} ${request.headers.authorization}`);
    response.end('stolen');
  }),
];
beforeAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [own, other] = servers.map((server) => (server.address() as AddressInfo).port);
  url = `http://127.0.0.1:${own}/ga4gh/wes/v1`;
  elsewhere = `http://127.0.0.1:${other}`;
});
beforeEach(() => requests.splice(0));
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  expect(leaked).toEqual([]);
});

const TOKEN = 'secret-of-the-operator';
const engine = () => createWes(createHttp(url, { headers: { authorization: `Bearer ${TOKEN}` } }));
const answerWith = (body: object | string) => {
  respond = (_, response) => response.end(typeof body === 'string' ? body : JSON.stringify(body));
};
const file = (basename: string | null, location: string, more: object = {}) => ({
  class: 'File',
  basename,
  location,
  ...more,
});
const folderOf = (listing: unknown) => ({ outputs: { outputs: { class: 'Directory', listing } } });

describe('a hostile WES server', () => {
  it('cannot redirect a request', async () => {
    respond = (_, response) => response.writeHead(307, { location: `${elsewhere}/x` }).end();
    const calls = [
      engine().find('0'),
      engine().create(runOf([step(0, ['true'])])),
      engine().state('x'),
      engine().logs('x', runOf([])),
      engine().list('x', 'out'),
      engine().stop('0', 'x'),
    ];
    for (const call of calls) await expect(call).rejects.toThrow('status 307: redirected elsewhere');
  });

  it.each([
    ['another host', () => `${elsewhere}/out`],
    ['another host without a scheme', () => elsewhere.replace('http:', '')],
    ['another scheme', () => url.replace('http:', 'https:')],
    ['a file', () => 'file:///proc/self/environ'],
    ['an address with backslashes', () => `${elsewhere.replace('http://', '\\\\')}/x`],
    ['an address with credentials', () => url.replace('http://', 'http://user:pass@')],
    ['a host in the credentials', () => `${url.replace('/ga4gh/wes/v1', '')}@${elsewhere.slice(7)}/x`],
    ['data', () => 'data:text/plain,x'],
    ['no address', () => 'http://[::/'],
    ['a long address', () => `${url}/${'x'.repeat(9000)}`],
  ])('gets no request for an output at %s', async (_, location) => {
    answerWith(folderOf([file('a', location())]));
    const opened = engine();
    expect(await opened.list('x', 'a')).toHaveLength(1);
    const error = await opened.download('x', 'a').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'EngineError', isPermanent: true });
    expect(String(error)).toContain("the output 'a' is at");
    expect(requests).toEqual(['GET /ga4gh/wes/v1/runs/x']);
  });

  it.each([
    ['relative to the log', 'x/files/a', '/ga4gh/wes/v1/runs/x/files/a'],
    ['absolute on the server', '/data/a?token=1#f', '/data/a?token=1'],
  ])('gets a request for an output that is %s', async (_, location, path) => {
    answerWith(folderOf([file('a', location)]));
    const opened = engine();
    await opened.list('x', 'a');
    answerWith('content');
    expect(await text(await opened.download('x', 'a'))).toBe('content');
    expect(requests.at(-1)).toBe(`GET ${path}`);
  });

  it('gets no token for logs elsewhere', async () => {
    const run = runOf([step(0, ['true'])]);
    const log = { stderr: `${elsewhere}/stderr`, stdout: '//127.0.0.1/x' };
    answerWith({ run_log: log, task_logs: [{ id: '1', name: 'x', ...log }] });
    expect(await engine().logs('x', run)).toEqual({ steps: [], workflow: '' });
    expect(requests).toHaveLength(1);
  });

  it('cannot imitate the output of a step, whose marks contain the id of the run', async () => {
    const run = runOf([step(0, ['true'])]);
    const forged = run.runId.replace(/^0/, '1');
    answerWith({
      run_log: {
        stderr: `flowserv ${forged}: output of step 0\nx\nflowserv ${forged}: end of step 0 with 0`,
      },
    });
    expect((await engine().logs('x', run)).steps).toEqual([]);
  });

  it.each([
    ['no outputs', {}],
    ['a folder without a listing', { outputs: { outputs: { class: 'Directory', location: 'x' } } }],
    ['a name with a slash', folderOf([file('../../etc/passwd', 'x')])],
    ['a name from a location with a slash', folderOf([file(null, 'x%2Fy')])],
    ['an empty name', folderOf([file('', '')])],
    ['another class', folderOf([{ class: 'Link', basename: 'x' }])],
    ['numbers', folderOf([1, null, 'x'])],
    ['a negative size', folderOf([file('a', 'x', { size: -1 })])],
  ])('ends a run with %s', async (_, body) => {
    answerWith(body);
    await expect(engine().list('x', '')).rejects.toMatchObject({ name: 'EngineError', isPermanent: true });
  });

  it('can list names with dots, which are not kept', async () => {
    answerWith(
      folderOf([file('..', 'x'), { class: 'Directory', basename: '..', listing: [file('a', 'x')] }]),
    );
    expect(await engine().list('x', 'out/')).toEqual([]);
    answerWith({ outputs: [{ file_name: 'outputs/../../etc/passwd', file_url: 'x' }] });
    expect(await engine().list('x', 'etc/')).toEqual([]);
  });

  it('cannot send folders without an end, or more than 100,000 entries', async () => {
    const deep = `{"class":"Directory","basename":"d","listing":[`;
    answerWith(`{"outputs": {"outputs": ${deep.repeat(20_000)}${']}'.repeat(20_000)}}}`);
    await expect(engine().list('x', 'd/')).rejects.toThrow('more than 64 levels');
    answerWith(folderOf(Array.from({ length: 100_001 }, () => 0)));
    await expect(engine().list('x', 'd/')).rejects.toThrow('more than 100000 files');
  });

  it('cannot send endless responses or errors', async () => {
    const endless = (status: number) => (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status);
      const more = () => {
        while (response.write(Buffer.alloc(65_536, ' ')));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    };
    respond = endless(200);
    for (const call of [engine().state('x'), engine().find('0'), engine().list('x', 'a')]) {
      await expect(call).rejects.toThrow(/longer than \d+ bytes/);
    }
    respond = endless(500);
    await expect(engine().state('x')).rejects.toMatchObject({ message: 'status 500' });
  });

  it('has its logs read to a limit', async () => {
    answerWith({ run_log: { stderr: '/log' } });
    const inner = respond;
    let sent = 0;
    respond = (request, response) => {
      if (request.url !== '/log') return inner(request, response);
      const more = () => {
        do sent += 65_536;
        while (response.write(Buffer.alloc(65_536, 'x')));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    };
    const { workflow } = await engine().logs('x', runOf([step(0, ['true'])]));
    expect(workflow.length).toBe(16 * 1024);
    expect(sent).toBeLessThan(80 * 1024 * 1024);
  });

  it.each(['.', '..', 'a b', 'ä', '', 'x'.repeat(600), 'a\nb'])('cannot name a run %j', async (name) => {
    respond = (request, response) => {
      const versions = { workflow_type_versions: { CWL: { workflow_type_version: ['v1.2'] } } };
      response.end(JSON.stringify(request.method === 'GET' ? versions : { run_id: name }));
    };
    await expect(engine().create(runOf([step(0, ['true'])]))).rejects.toThrow('published form');
  });

  it('cannot leave the path of a run by its id', async () => {
    answerWith({ run_id: 'x', state: 'COMPLETE' });
    await engine().state('../../admin?x=1#y');
    expect(requests).toEqual(['GET /ga4gh/wes/v1/runs/..%2F..%2Fadmin%3Fx%3D1%23y/status']);
  });

  it('repeats no token in an error', async () => {
    respond = (request, response) =>
      response.writeHead(400).end(JSON.stringify({ msg: `no ${request.headers.authorization}` }));
    const error = await engine()
      .state('x')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ isPermanent: true });
    expect(String(error)).not.toContain(TOKEN);
  });
});
