import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../shared/client/client.ts';
import { ApiError, errorOfResponse } from '../../shared/client/error.ts';

describe('an error response', () => {
  it('becomes an error with status, code, message and request id', async () => {
    const body = { message: "unknown run 'x'", code: 'run.unknown', requestId: 'r1' };
    const error = await errorOfResponse(new Response(JSON.stringify(body), { status: 404 }));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, ...body });
  });

  it('becomes an error if a gateway sends only `message` or only `error`', async () => {
    const gateway = await errorOfResponse(
      new Response('{"message":"Too Many Requests"}', { status: 429, headers: { 'apigw-requestid': 'g1' } }),
    );
    const original = await errorOfResponse(new Response('{"error":"fault"}', { status: 500 }));

    expect(gateway).toMatchObject({ code: 'http.429', message: 'Too Many Requests', requestId: 'g1' });
    expect(original).toMatchObject({ code: 'http.500', message: 'fault', requestId: undefined });
  });

  it('gets a message that names the limit and multipart uploads if a gateway only reports a large body', async () => {
    const body = '{"message":"Request Entity Too Large"}';
    expect((await errorOfResponse(new Response(body, { status: 413 }))).message).toMatch(
      /^Request Entity Too Large: .* 4 MB.* in parts \(POST uploads\/\{userGroupId\}\/direct\)$/,
    );
    const own = '{"message":"file above the limit of 5 bytes","code":"upload.too-large"}';
    expect((await errorOfResponse(new Response(own, { status: 413 }))).message).toBe(
      'file above the limit of 5 bytes',
    );
  });

  it.each(['<html>Bad Gateway</html>', '', '"text"', 'null', '[]'])(
    'becomes an error with its status as message if the body is %j',
    async (body) => {
      const error = await errorOfResponse(new Response(body, { status: 502, statusText: 'Bad Gateway' }));
      expect(error.message).toBe('the server responded with 502 Bad Gateway');
    },
  );
});

describe('a missing response', () => {
  it('becomes an error that names the URL if no server listens', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/flowserv/api/v1`;

    const failure = createClient({ url }).service();

    await expect(failure).rejects.toMatchObject({
      name: 'ApiError',
      status: 0,
      code: 'connection.refused',
      message: `no server responds at ${url}`,
    });
  });

  it('becomes an error with URL and reason if the connection breaks', async () => {
    await using server = await serve((_request, response) => response.socket?.destroy());

    await expect(createClient({ url: server.url }).service()).rejects.toMatchObject({
      code: 'connection.failed',
      message: expect.stringContaining(`cannot reach ${server.url} (`),
    });
  });
});

describe('a token with blanks or invalid characters', () => {
  it.each([
    ['a…b', 'U+2026'],
    ['café', 'U+00E9'],
    ['a b', 'U+0020'],
    ['a\nb', 'U+000A'],
    ['🔑', 'U+1F511'],
  ])(
    'is rejected with a message that names its first invalid character: %j (report 14)',
    async (token, character) => {
      const failure = createClient({ url: 'http://127.0.0.1:9', token }).service();

      await expect(failure).rejects.toMatchObject({
        name: 'ApiError',
        status: 0,
        code: 'token.invalid',
        message: `the access token holds the character ${character}, which no token has; copy it again, or log in again`,
      });
    },
  );

  it('is sent without surrounding blanks and line ends (report 14)', async () => {
    await using server = await serve((request, response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ message: `${request.headers.api_key}|${request.headers.authorization}` })),
    );
    const failure = createClient({ url: server.url, token: ' abc\r\n' }).service();
    await expect(failure).rejects.toMatchObject({ message: 'abc|Bearer abc' });
  });
});

describe('an incomplete response', () => {
  it('counts as a failed connection, whatever its status', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"name":', () => response.socket?.destroy());
    });

    await expect(createClient({ url: server.url }).service()).rejects.toMatchObject({
      status: 0,
      code: 'connection.failed',
    });
  });
});

describe('a response that is not of a flowServ API', () => {
  it.each(['<html>', '{}', '[]'])('is rejected: %s', async (body) => {
    await using server = await serve((_request, response) => response.end(body));

    await expect(createClient({ url: server.url }).workflows.list()).rejects.toMatchObject({
      code: 'answer.invalid',
      message: `the response of ${server.url} is not that of a flowServ API`,
    });
  });

  it('is rejected if it redirects to another server', async () => {
    await using server = await serve((_request, response) =>
      response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end(),
    );

    await expect(createClient({ url: server.url }).workflows.list()).rejects.toMatchObject({ status: 301 });
  });
});

async function serve(handler: Parameters<typeof createServer>[1]) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function unusedPort(): Promise<string> {
  const server = await serve(() => {});
  await server[Symbol.asyncDispose]();
  return new URL(server.url).port;
}
