import { ask, field, type Reply } from '../ask.ts';
import { type Check, Disproved, hold } from '../check.ts';
import { waysTo } from '../target.ts';
import type { World } from '../world.ts';

/** Headers of every response, whatever is in front of the functions. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const statusOf = ({ status, text }: Reply) => ({ status, body: text.slice(0, 300) });

/** Sends a request on each path to the API, and returns the results of `look` by host. */
async function alongEachWay<T>({ target }: World, look: (base: string) => Promise<T>) {
  const seen: Record<string, T> = {};
  for (const base of waysTo(target)) seen[new URL(base).host] = await look(base);
  return seen;
}

const descriptor: Check = {
  id: 'descriptor',
  title: 'the service descriptor arrives on every path, with the headers of responses',
  proves: 'CloudFront, API Gateway and the function `api` are connected, and responses keep their headers',
  needs: [],
  minutes: 1,
  run: (world) =>
    alongEachWay(world, async (base) => {
      const reply = await ask('GET', `${base}/`);
      hold(reply.status === 200, `${base}/ responds with ${reply.status}`, statusOf(reply));
      hold(field(reply, 'url') === world.target.url, 'the descriptor has another address', {
        named: field(reply, 'url'),
      });
      for (const [name, value] of Object.entries(HEADERS)) {
        hold(reply.headers[name] === value, `the header '${name}' is not '${value}'`, reply.headers);
      }
      const { via, 'x-cache': cache, 'strict-transport-security': hsts } = reply.headers;
      return { status: reply.status, via, cache, hsts };
    }),
};

const head: Check = {
  id: 'head',
  title: 'HEAD has the status and headers of GET and no body',
  proves: 'the gateway and CloudFront forward HEAD, and add no body to its response',
  needs: [],
  minutes: 1,
  run: (world) =>
    alongEachWay(world, async (base) => {
      const [got, asked] = [await ask('GET', `${base}/`), await ask('HEAD', `${base}/`)];
      hold(asked.status === got.status && asked.bytes.length === 0, 'HEAD differs from GET', statusOf(asked));
      const types = [got.headers['content-type'], asked.headers['content-type']];
      hold(types[0] === types[1], 'the content type of HEAD differs from GET', { types });
      return { status: asked.status, type: types[0] };
    }),
};

const etag: Check = {
  id: 'etag',
  title: 'a request with the ETag of the last response gets 304 and no body',
  proves: 'ETag and If-None-Match pass CloudFront and the gateway unchanged',
  needs: [],
  minutes: 3,
  async run(world) {
    const path = `workflows/${await world.probe()}`;
    return alongEachWay(world, async (base) => {
      const first = await ask('GET', `${base}/${path}`);
      const tag = first.headers.etag ?? '';
      hold(first.status === 200 && tag !== '', 'the response has no ETag', statusOf(first));
      const again = await ask('GET', `${base}/${path}`, { headers: { 'if-none-match': tag } });
      hold(
        again.status === 304 && again.bytes.length === 0,
        'the response is not 304 and empty',
        statusOf(again),
      );
      return { etag: tag, status: again.status };
    });
  },
};

const tokens: Check = {
  id: 'tokens',
  title: 'a token is accepted in `api_key` and in `Authorization: Bearer` only',
  proves: 'CloudFront forwards `api_key`, whose name has an underscore, and `Authorization`',
  needs: [],
  minutes: 3,
  async run(world) {
    const { token, name } = await world.person('one');
    return alongEachWay(world, async (base) => {
      const who = async (headers: Readonly<Record<string, string>>) => {
        const reply = await ask('GET', `${base}/users/whoami`, { headers });
        return reply.status === 200 ? field(reply, 'username') : reply.status;
      };
      const seen = {
        api_key: await who({ api_key: token }),
        bearer: await who({ authorization: `Bearer ${token}` }),
        none: await who({}),
        wrong: await who({ api_key: `${token}x` }),
      };
      const isRight =
        seen.api_key === name && seen.bearer === name && seen.none === 403 && seen.wrong === 403;
      hold(isRight, 'a token is not accepted as expected', seen);
      return seen;
    });
  },
};

const methods: Check = {
  id: 'methods',
  title: 'PUT and DELETE arrive with their bodies, and the API rejects PATCH',
  proves: 'CloudFront and the gateway forward all methods with their bodies',
  needs: [],
  minutes: 3,
  async run(world) {
    const { token } = await world.person('one');
    const headers = { api_key: token, 'content-type': 'application/json' };
    const workflow = await world.probe();
    return alongEachWay(world, async (base) => {
      const send = (method: string, place: string, json?: unknown) =>
        ask(
          method,
          `${base}/${place}`,
          json === undefined ? { headers } : { headers, body: JSON.stringify(json) },
        );
      const name = `methods of ${new URL(base).host}`;
      const made = await send('POST', `workflows/${workflow}/groups`, { name });
      const path = `groups/${field(made, 'id')}`;
      const renamed = await send('PUT', path, { name: `${name}, renamed` });
      hold(field(renamed, 'name') === `${name}, renamed`, 'PUT did not rename the group', statusOf(renamed));
      const patched = await send('PATCH', path, { name: 'patched' });
      hold(patched.status === 405, 'PATCH does not get 405', statusOf(patched));
      const removed = await send('DELETE', path);
      hold(removed.status === 204, 'DELETE does not get 204', statusOf(removed));
      const gone = await send('GET', path);
      hold(gone.status === 404, 'the deleted group does not get 404', statusOf(gone));
      return { POST: made.status, PUT: renamed.status, PATCH: patched.status, DELETE: removed.status };
    });
  },
};

const preflight: Check = {
  id: 'preflight',
  title: 'a web page of another origin gets the CORS headers that the stage allows',
  proves: 'the responses to preflight requests and their CORS headers pass CloudFront',
  needs: [],
  minutes: 1,
  run: (world) =>
    alongEachWay(world, async (base) => {
      const origin = 'https://verify.example';
      const allowed = world.target.config.api.origins.includes('*');
      const headers = {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'api_key',
      };
      const reply = await ask('OPTIONS', `${base}/groups/none`, { headers });
      const permits = reply.headers['access-control-allow-origin'];
      hold(
        allowed === (permits === '*' || permits === origin),
        'the response to the preflight request is wrong',
        {
          ...statusOf(reply),
          permits,
          origins: world.target.config.api.origins,
        },
      );
      return { status: reply.status, 'access-control-allow-origin': permits };
    }),
};

/** Size of a large body: a realistic one, as bodies just below the gateway's own limit of 10 MB are rare. */
const LARGE_BODY = 5_000_000;

const largeBody: Check = {
  id: 'large-body',
  title: 'a body of 5 MB is rejected with 413, and the rejecting component is known',
  proves: 'which limit applies to a body that is too large, and that its message says what to do instead',
  needs: [],
  minutes: 2,
  async run(world) {
    const { token } = await world.person('one');
    const workflow = await world.probe();
    const size = Math.max(LARGE_BODY, world.target.config.api.bodyLimit + 1_000_000);
    return alongEachWay(world, async (base) => {
      const reply = await ask('POST', `${base}/workflows/${workflow}/groups`, {
        headers: { api_key: token, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'x'.repeat(size) }),
      });
      hold(reply.status === 413, `a body of ${size} bytes gets ${reply.status}`, statusOf(reply));
      const code = field(reply, 'code');
      return { size, ...statusOf(reply), by: code === undefined ? 'the gateway' : `the API (${code})` };
    });
  },
};

const strangeRequests: Check = {
  id: 'strange-requests',
  title: 'oversized headers and malformed paths are rejected below 500',
  proves:
    'how API Gateway and CloudFront respond to requests that our clients never send, and that no function fails',
  needs: [],
  minutes: 2,
  run: (world) =>
    alongEachWay(world, async (base) => {
      const seen = {
        'header of 20,000 bytes': await ask('GET', `${base}/`, { headers: { 'x-long': 'x'.repeat(20_000) } }),
        'path %zz': await ask('GET', `${base}/workflows/%zz`),
        'path %00': await ask('GET', `${base}/workflows/%00`),
        'path ../..': await ask('GET', `${base}/../../users`),
        'query %E9': await ask('GET', `${base}/users?query=%E9`),
      };
      const statuses = Object.fromEntries(Object.entries(seen).map(([what, { status }]) => [what, status]));
      const isRefused = Object.values(statuses).every((status) => status >= 400 && status < 500);
      if (!isRefused) throw new Disproved('a malformed request is not rejected with 4xx', statuses);
      return statuses;
    }),
};

/** Responses of the API, through CloudFront and at the gateway. */
export const requestChecks: readonly Check[] = [
  descriptor,
  head,
  etag,
  tokens,
  methods,
  preflight,
  largeBody,
  strangeRequests,
];
