import { gunzipSync } from 'node:zlib';
import { pathOf } from '../../shared/api/routes/route.ts';
import { allRoutes } from '../../shared/api/routes.ts';
import { ALL_RESULTS, oneStep } from '../end-to-end/install-template.ts';
import type { Reply } from '../end-to-end/running-stack.ts';
import { readZip } from '../provenance/read-zip.ts';

/** A contest whose scores all have these digits. */
export const MARKER = '87654321';

/** The digits come from a static file, because arguments are shown to their group in any case. */
export const TEMPLATE = oneStep(
  [
    'echo "score $$(cat data/digits.txt)"; echo "on stderr $$(cat data/digits.txt)" >&2',
    `printf '{"score": 0.%s%s}' "$[[n]]" "$$(cat data/digits.txt)" > result.json`,
    `if [ "$[[end]]" = unranked ]; then printf '{"score": "none %s"}' "$$(cat data/digits.txt)" > result.json; fi`,
    'cp result.json plot.txt',
    'test "$[[end]]" != failed',
  ],
  `parameters: [{name: n, dtype: int}, {name: end, dtype: string, defaultValue: ranked}]
results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
${ALL_RESULTS}`,
  ['result.json', 'plot.txt', 'missing.txt'],
).replace('  files:\n', '  files:\n    inputs: [data/digits.txt]\n');
export const STATIC_FILES = { 'data/digits.txt': `${MARKER}\n` };

export const contest = (visibility: string, until = '') =>
  `contest: {phases: [{id: final, name: Final, opens: 2020-01-01T00:00Z, leaderboard: ${visibility}}]${
    until && `, visibility: {until: ${until}}`
  }}\n`;
export const PAST = '2021-01-01T00:00Z';
export const FUTURE = '2900-01-01T00:00Z';

/** The routes on which an organiser sees the scores. */
export const SHOWN = [
  'groups:get',
  'groups:runs',
  'leaderboard',
  'runs:crate',
  'runs:diff',
  'runs:download:archive',
  'runs:download:file',
  'runs:get',
  'runs:logs',
  'runs:logs:stream',
  'runs:output',
  'wes:runs:get',
  'workflows:download:archive',
  'workflows:download:file',
  'workflows:get',
  'workflows:runs',
];

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  leaderboard: [
    '',
    '?phase=final',
    '?includeAll',
    '?orderBy=score:asc',
    '?version=1',
    '?limit=1',
    '?format=csv',
  ],
  'runs:logs': ['', '?step=0', '?step=0&stream=stderr&after=0'],
  'workflows:groups': ['', '?all=true'],
  'workflows:runs': ['', '?format=csv', '?state=SUCCESS'],
  'groups:runs': ['', '?state=SUCCESS'],
};

/** Members of documents that say how a run is ranked. */
export const TELLING = ['rank', 'notRanked', 'postproc'];

/** What the text of a response contains, also if it is an archive. */
export function contentOf({ bytes, text }: Reply): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes).toString('latin1');
  if (bytes.subarray(0, 2).toString() !== 'PK') return text;
  return [...readZip(bytes).content.values()].map((content) => content.toString('latin1')).join('');
}

/** The names of all members in a JSON document. */
export function membersOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(membersOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...membersOf(member)]);
}

/** A request that reads, with the name of its route. */
interface ReadingRequest {
  readonly route: string;
  readonly path: string;
  /** Base of its path, if it is not that of the API. */
  readonly base?: string;
}

/** All requests that read: every route that exists, with each of these values of its variables. */
export function readingRequests(values: Readonly<Record<string, readonly string[]>>): ReadingRequest[] {
  const variables = {
    taskId: ['0'],
    stream: ['stdout', 'stderr'],
    userId: ['none'],
    tokenId: ['none'],
    ...values,
  };
  return allRoutes
    .filter(({ methods }) => (methods as readonly string[]).includes('GET'))
    .flatMap((route) => {
      let paths = [`/${pathOf(route)}`];
      for (const [name, ids] of Object.entries(variables)) {
        paths = paths.flatMap((path) =>
          path.includes(`{${name}}`) ? ids.map((id) => path.replace(`{${name}}`, id)) : [path],
        );
      }
      const queries = VARIANTS[route.key] ?? (route.response.kind === 'file' ? ['', '?link=json'] : ['']);
      const base = 'base' in route ? { base: route.base } : {};
      return paths.flatMap((path) =>
        queries.map((query) => ({ route: route.key, path: `${path}${query}`, ...base })),
      );
    });
}
