import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { loadRepository } from '../../shared/sources/repository.ts';
import { faultOfPromise } from '../template/faults.ts';
import { folderWith } from './source-folder.ts';

const mark = (text: string) => `\ufeff${text}`;
const MANIFEST = 'name: X\ninstructions: help.md\nspecfile: template.yaml\nfiles: [{source: data}]\n';
const TEMPLATE = 'workflow: {steps: []}\nresults: {file: r.json, schema: !include schema.yaml}\n';
const FILES = {
  'flowserv.yaml': MANIFEST,
  'template.yaml': TEMPLATE,
  'schema.yaml': '[{name: a, label: A, dtype: int}]\n',
  'help.md': 'Help {{more.md}}',
  'more.md': 'more',
};

it('a byte order mark at the start of a text of a source is ignored (report 3)', async () => {
  const marked = Object.entries(FILES).map(([path, text]) => [path, mark(text)]);
  const yaml = await readSource(await folderWith(Object.fromEntries(marked)));
  expect([yaml.name, yaml.instructions, yaml.template.results?.file]).toEqual(['X', 'Help more', 'r.json']);
  const manifest = { name: 'X', specfile: 'template.json' };
  const template = { workflow: { steps: [] } };
  const folder = await folderWith({
    'flowserv.json': mark(JSON.stringify(manifest)),
    'template.json': mark(JSON.stringify(template)),
  });
  expect((await readSource(folder)).name).toBe('X');
});

it('a repository index may begin with a byte order mark, and is rejected if it is not UTF-8 (report 3)', async () => {
  const folder = await folderWith({ 'index.json': mark('[{"id": "a", "url": "u"}]') });
  expect(await loadRepository(join(folder, 'index.json'))).toHaveLength(1);
  await writeFile(join(folder, 'latin1.json'), Buffer.from('[{"id": "\xe9", "url": "u"}]', 'latin1'));
  const fault = await faultOfPromise(loadRepository(join(folder, 'latin1.json')));
  expect(fault.message).toContain('it is not UTF-8 text');
});

it('a listed name that is not UTF-8 is rejected, with an error without the path of the source (report 5)', async () => {
  const folder = await folderWith({ ...FILES, 'data/a': '' });
  await writeFile(Buffer.from(`${folder}/r\xe9s.csv`, 'latin1'), '1');
  expect((await readSource(folder)).files).toHaveLength(1);
  await writeFile(Buffer.from(`${folder}/data/r\xe9s.csv`, 'latin1'), '1');
  const { message } = await faultOfPromise(readSource(folder));
  expect(message).toContain("the file 'data/r\\xe9s.csv' cannot be used: its name is not UTF-8; rename it");
  expect(message).not.toContain(folder);
});
