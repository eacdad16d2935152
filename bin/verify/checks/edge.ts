import { ask } from '../ask.ts';
import { type Check, hold } from '../check.ts';
import { waysTo } from '../target.ts';

const errorsKept: Check = {
  id: 'errors-not-kept',
  title: 'the rejection of one caller is not returned to the next',
  proves: 'CloudFront caches no response of the API, errors included',
  needs: [],
  minutes: 3,
  async run({ target, person }) {
    const { token } = await person('one');
    const asked = async (headers: Readonly<Record<string, string>>) =>
      ask('GET', `${target.url}/users/whoami`, { headers });
    const replies = [];
    for (const headers of [{}, { api_key: token }, {}, { api_key: token }])
      replies.push(await asked(headers));
    const seen = replies.map(({ status, headers }) => ({
      status,
      age: headers.age,
      cache: headers['x-cache'],
    }));
    const statuses = seen.map(({ status }) => status).join();
    hold(statuses === '403,200,403,200', 'a response was cached for another caller', { seen });
    hold(
      seen.every(({ age }) => age === undefined),
      'a response has an age, so it was cached',
      { seen },
    );
    return { seen };
  },
};

const getWithBody: Check = {
  id: 'get-with-body',
  title: 'GET with a body, which some old clients send, gets a status below 500',
  proves: 'how CloudFront responds to GET with a body: according to its documentation with 403',
  needs: ['cloudfront'],
  minutes: 1,
  async run({ target }) {
    const reply = await ask('GET', `${target.url}/`, { body: '{}' });
    hold(reply.status < 500, `GET with a body gets ${reply.status}`, { body: reply.text });
    return { status: reply.status, server: reply.headers.server, cache: reply.headers['x-cache'] };
  },
};

/** Headers that a caller may use to impersonate others; the last two are those between CloudFront and the functions. */
const disguise = (number: number) => ({
  'x-forwarded-for': `203.0.113.${number}`,
  forwarded: `for=203.0.113.${number}`,
  'x-real-ip': `203.0.113.${number}`,
  'cloudfront-viewer-address': `203.0.113.${number}:443`,
  'x-flowserv-edge': 'not the key of this deployment',
  'x-flowserv-viewer': `203.0.113.${number}`,
});

const spoofedAddresses: Check = {
  id: 'spoofed-addresses',
  title: "attempts are counted by the caller's address, whatever the headers and whichever path they use",
  proves:
    "CloudFormation put the edge key into CloudFront's header, CloudFront forwards the viewer's address, and no header of a caller replaces it",
  needs: [],
  minutes: 3,
  async run({ target, stamp }) {
    const limit = target.config.attempts.name;
    const ways = waysTo(target);
    const statuses: number[] = [];
    const body = JSON.stringify({ username: `verify_${stamp}_nobody`, password: 'not a password' });
    // Half of the attempts on each path: if CloudFront's own address were counted, none of them would reach the limit.
    for (let number = 0; number <= limit; number += 1) {
      const base = ways[number % ways.length] ?? target.url;
      const headers = { 'content-type': 'application/json', ...disguise(number) };
      statuses.push((await ask('POST', `${base}/users/login`, { headers, body })).status);
    }
    const isRight = statuses.at(-1) === 429 && statuses.slice(0, -1).every((status) => status === 404);
    hold(isRight, `attempt ${limit + 1} should be the first that is rejected with 429`, { statuses });
    return { limit, ways: ways.map((base) => new URL(base).host), statuses };
  },
};

const FLOOD = 80;

const routeLimits: Check = {
  id: 'route-limits',
  title: 'the gateway rejects a flood of logins with 429 and still serves other routes',
  proves: "the stage's limits of routes are in effect, and independent of each other",
  needs: ['gateway'],
  minutes: 2,
  async run({ target }) {
    const login = () => ask('POST', `${target.gateway}/users/login`, { body: '{}' });
    const flood = await Promise.all(Array.from({ length: FLOOD }, login));
    const other = await ask('GET', `${target.gateway}/`);
    const statuses = Object.fromEntries(
      Map.groupBy(flood, ({ status }) => status)
        .entries()
        .map(([status, replies]) => [status, replies.length]),
    );
    hold((statuses[429] ?? 0) > 0, `none of ${FLOOD} concurrent logins was rejected`, { statuses });
    hold(other.status === 200, 'the flood blocks other requests', { statuses, other: other.status });
    return { statuses, other: other.status };
  },
};

/** The components in front of the API. */
export const edgeChecks: readonly Check[] = [errorsKept, getWithBody, spoofedAddresses, routeLimits];
