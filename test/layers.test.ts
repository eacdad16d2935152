import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

/** The folders of `shared/` from the top: each imports only from lower layers. `.` means its own files. */
const layers = [
  ['client'],
  ['api'],
  ['downloads', 'maintenance', 'remote-engines', 'reuse', 'transfers'],
  ['broker', 'ranking', 'archives', 'rescoring'],
  ['provenance', 'starter-kit'],
  ['runs', 'installations'],
  ['uploads'],
  ['groups', 'members', 'notifications', 'tokens'],
  ['workflows', 'users', 'quotas', 'participants'],
  ['roles', 'services', 'staging', 'teardown'],
  ['engine', 'sources', 'storage-volumes', 'store'],
  ['costs', 'template', 'volumes'],
  ['documents'],
  ['.'],
];
/** Folders that each top-level folder may import, besides itself. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  'local-aws': [],
  functions: ['shared'],
  infra: ['functions', 'shared'],
  bin: ['infra', 'shared'],
};

const root = join(import.meta.dirname, '..');
const files = Object.keys(neighbours).flatMap((folder) =>
  globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['local-aws/test/**', '**/node_modules/**'] }),
);
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)].map(
    ([, path]) => normalize(join(dirname(file), path ?? '')),
  );
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

const topOf = (path: string): string => path.split('/')[0] ?? '';
const folderOf = (path: string): string =>
  path
    .split('/')
    .at(1)
    ?.replace(/.*\.ts$/, '.') ?? '';
const layerOf = (path: string): number => layers.findIndex((layer) => layer.includes(folderOf(path)));

it('every folder of shared/ has a layer', () => {
  expect(files.filter((file) => topOf(file) === 'shared' && layerOf(file) < 0)).toEqual([]);
});

it('folders of shared/ import only from lower layers', () => {
  const upwards = edges.filter(
    ({ from, to }) =>
      topOf(from) === 'shared' && folderOf(from) !== folderOf(to) && layerOf(to) <= layerOf(from),
  );
  expect(upwards).toEqual([]);
});

it('top-level folders import only permitted folders', () => {
  const allowed = ({ from, to }: { from: string; to: string }) =>
    topOf(from) === topOf(to) || neighbours[topOf(from)]?.includes(topOf(to));
  expect(edges.filter((edge) => !allowed(edge))).toEqual([]);
});

it('no files import each other in a circle, including types', () => {
  const clear = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (clear.has(file) || path.includes(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    clear.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
