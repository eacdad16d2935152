import { ask } from '../ask.ts';
import { type Check, hold } from '../check.ts';
import { waysTo } from '../target.ts';

const errorsKept: Check = {
  id: 'errors-not-kept',
  title: "one caller's refusal is not given to the next",
  proves: 'CloudFront keeps no answer of the API, refusals included',
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
    hold(statuses === '403,200,403,200', 'an answer was kept for another caller', { seen });
    hold(
      seen.every(({ age }) => age === undefined),
      'an answer has an age, so it was kept',
      { seen },
    );
    return { seen };
  },
};

const getWithBody: Check = {
  id: 'get-with-body',
  title: 'GET with a body, which some old clients send, is answered below 500',
  proves: 'what CloudFront says to GET with a body: it is documented to refuse it with 403',
  needs: ['cloudfront'],
  minutes: 1,
  async run({ target }) {
    const reply = await ask('GET', `${target.url}/`, { body: '{}' });
    hold(reply.status < 500, `GET with a body is answered with ${reply.status}`, { body: reply.text });
    return { status: reply.status, server: reply.headers.server, cache: reply.headers['x-cache'] };
  },
};

/** Headers in which a caller may say to be somebody else; the last two are those between CloudFront and the functions. */
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
  title: 'attempts count by the address of the caller, whatever headers say and whichever way they come',
  proves:
    "CloudFormation has put the edge key into CloudFront's header, CloudFront hands on the viewer's address, and no header of a caller's takes its place",
  needs: [],
  minutes: 3,
  async run({ target, stamp }) {
    const limit = target.config.attempts.name;
    const ways = waysTo(target);
    const statuses: number[] = [];
    const body = JSON.stringify({ username: `verify_${stamp}_nobody`, password: 'not a password' });
    // Half of the attempts each way: were CloudFront's own address counted, none of them would reach the limit.
    for (let number = 0; number <= limit; number += 1) {
      const base = ways[number % ways.length] ?? target.url;
      const headers = { 'content-type': 'application/json', ...disguise(number) };
      statuses.push((await ask('POST', `${base}/users/login`, { headers, body })).status);
    }
    const isRight = statuses.at(-1) === 429 && statuses.slice(0, -1).every((status) => status === 404);
    hold(isRight, `attempt ${limit + 1} is to be the first that is refused with 429`, { statuses });
    return { limit, ways: ways.map((base) => new URL(base).host), statuses };
  },
};

const FLOOD = 80;

const routeLimits: Check = {
  id: 'route-limits',
  title: 'the gateway refuses a flood of logins with 429 and still serves other routes',
  proves: "the stage's limits of routes are in force, and apart from each other",
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
    hold((statuses[429] ?? 0) > 0, `none of ${FLOOD} logins at once was refused`, { statuses });
    hold(other.status === 200, 'the flood keeps others out', { statuses, other: other.status });
    return { statuses, other: other.status };
  },
};

/** What stands in front of the API. */
export const edgeChecks: readonly Check[] = [errorsKept, getWithBody, spoofedAddresses, routeLimits];
