import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { repositoryWith } from '../sources/git-repository.ts';
import { folderWith } from '../sources/source-folder.ts';
import { cliWith } from './run-cli.ts';

const FILES = {
  'flowserv.yaml': 'name: Cloned\nspecfile: template.yaml\nfiles: []\n',
  'template.yaml': 'workflow:\n  steps: [{name: s, action: {environment: i:1, commands: [a]}}]\n',
};

/** An index of a template repository with one benchmark, and the variable that names it. */
async function repository(url: string) {
  const entry = { id: 'cloned', description: 'A benchmark\tfrom git', url };
  const folder = await folderWith({ 'index.json': JSON.stringify([entry]) });
  return { FLOWSERV_REPOSITORY: join(folder, 'index.json') };
}

describe('without a server', () => {
  const flowserv = cliWith({});

  it('validates a benchmark', async () => {
    const { code, stdout } = await flowserv(`workflows validate ${example('hello-world')}`);
    expect([code, stdout]).toEqual([0, '0 problems, 0 warnings\n']);
  });

  it('prints all problems of a benchmark, and exits 1', async () => {
    const template = "parameters: [{name: a, dtype: int, range: '5'}]\nworkflow: {x: 1}\noutputs: [{}]\n";
    const folder = await folderWith({ ...FILES, 'template.yaml': template });
    const { code, stdout, stderr } = await flowserv(`workflows validate ${folder}`);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^problem: template\.yaml: parameters\[0\]\.range: /),
      "problem: template.yaml: outputs[0]: missing element 'source'",
      expect.stringMatching(/^problem: template\.yaml: workflow\.steps: the workflow has no steps/),
      expect.stringMatching(/^warning: template\.yaml: workflow: unknown key 'x'; .* \[key\.unknown\]$/),
      '3 problems, 1 warning',
      '',
    ]);
    const json = await flowserv(`workflows validate --json ${folder}`);
    expect(JSON.parse(json.stdout).problems).toHaveLength(3);
  });

  it('validates the file of an option, and a repository', async () => {
    const { url } = await repositoryWith(FILES);
    const other = join(await folderWith({ 'x.yaml': 'workflow: []\n' }), 'x.yaml');
    const { code, stdout, stderr } = await flowserv(`workflows validate ${url} -s ${other}`);
    expect([code, stderr]).toEqual([1, `cloning ${url}\n`]);
    expect(stdout).toContain('problem: x.yaml: workflow: must be a mapping');
  });

  it('lists the template repository', async () => {
    const env = await repository('https://example.org/x.git');
    expect(await flowserv('repo', { env })).toEqual({
      code: 0,
      stdout: 'cloned\tA benchmark from git\n',
      stderr: '',
    });
    const { code, stderr } = await flowserv('repo', { env: { FLOWSERV_REPOSITORY: '/nowhere.json' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the repository index \/nowhere\.json cannot be read: /);
  });
});

describe('an operator', () => {
  const stack = useStack();
  let flowserv: ReturnType<typeof cliWith>;
  beforeAll(async () => {
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
  });

  it('installs a benchmark from git, by its address and by its id in the repository', async () => {
    const { url, folder } = await repositoryWith(FILES);
    const byAddress = await flowserv(`workflows create -k A ${url}`);
    expect(byAddress).toEqual({ code: 0, stdout: 'export FLOWSERV_APP=A\n', stderr: `cloning ${url}\n` });
    const byId = await flowserv('workflows create -k B cloned', { env: await repository(url) });
    expect(byId.code).toBe(0);
    writeFileSync(join(folder, 'template.yaml'), 'workflow: {}\n');
    const { stdout } = await flowserv('workflows list --json');
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(['Cloned', 'Cloned (1)']);
  });

  it('gets an error for an invalid source', async () => {
    const env = await repository('https://example.org/x.git');
    const { code, stderr } = await flowserv('workflows create helo-world', { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: 'helo-world' is not a folder, a git address or an entry/);
  });

  it('prints the JSON Schema of the arguments', async () => {
    await stack.install(example('hello-world'), { id: 'HW' });
    const { stdout } = await flowserv('workflows schema -w HW');
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Hello World', required: ['names'] });
  });
});
