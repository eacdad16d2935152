import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const TEMPLATE = `
parameters:
  - {name: n, dtype: int, isRequired: false}
  - {name: fast, dtype: bool, isRequired: false}
  - {name: size, dtype: select, values: [{name: Small, value: 1}, {name: Large, value: 2, isDefault: true}]}
  - {name: extra, dtype: file, target: in/extra.txt, isRequired: false}
  - {name: list, dtype: list, para: {name: e, dtype: int}, defaultValue: [1, 2]}
workflow:
  files: {outputs: [seen.txt]}
  steps:
    - name: show
      files: {inputs: ["$[[extra]]"]}
      action:
        environment: busybox
        commands: ['echo $[[n]] $[[size]] "$[[list]]" $[[fast ? --fast : --slow]] > seen.txt']
`;

const FILES = `
parameters:
  - {name: f, dtype: file}
  - {name: word, dtype: string}
workflow:
  files: {outputs: [seen.txt]}
  steps:
    - name: show
      action: {environment: busybox, commands: ['cat -- "$[[f]]" > seen.txt']}
`;

/** Template, form, schema, prompt and run treat parameters in the same way. */
describe('parameters', () => {
  const stack = useStack();
  let folder: string;
  let token: string;
  let path: string;
  let flowserv: ReturnType<typeof cliWith>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flowserv-parameters-'));
    path = join(folder, 'predict.txt');
    writeFileSync(path, 'Ada\n');
    await installTemplate(stack, TEMPLATE, {}, { id: 'P' });
    await installTemplate(stack, FILES, {}, { id: 'F' });
    ({ token } = await stack.user('alice'));
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const finished = async (id: string) => {
    const get = async () => (await stack.request('GET', `/runs/${id}`, { token })).json;
    await expect.poll(async () => (await get()).state).toBe('SUCCESS');
    return get();
  };
  const uploadsOf = async (group: string) =>
    (await stack.request('GET', `/uploads/${group}/files`, { token })).json.files;
  const runOf = (stdout: string) => /run (\w{32})/.exec(stdout)?.[1] ?? '';

  it('are required either by schema, form and run, or by none of them (reports 8, 9, 10)', async () => {
    const group = await stack.group('P', token, 'Agreement');
    const schema = (await stack.request('GET', '/workflows/P/arguments-schema')).json;
    const { parameters } = (await stack.request('GET', '/workflows/P')).json;
    const rejected = await start(stack, group, token, {});
    const accepted = await start(stack, group, token, { n: 3 });

    expect(schema.required).toEqual(['n']);
    expect(schema.properties).toMatchObject({ size: { default: 2 }, list: { default: [1, 2] } });
    expect(parameters.filter((one: { isRequired: boolean }) => one.isRequired)).toMatchObject([
      { name: 'n' },
    ]);
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'size', defaultValue: 2 }));
    expect([rejected.status, rejected.json.message]).toEqual([400, "missing argument for 'n'"]);
    const run = await finished(accepted.json.id);
    expect(await resultText(stack, run, 'seen.txt')).toBe('3 2 [1, 2] --slow\n');
  });

  it('are requested by the prompt in the form that the run needs, and skipped when they are optional (report 26)', async () => {
    const group = await stack.group('P', token, 'Prompt');
    const input = ['', 'x', '3', '', 'Medium', 'Small', '', '[1, "a"]', '[7]', ''].join('\n');

    const { stdout, stderr } = await flowserv('runs start --wait', { env: { FLOWSERV_GROUP: group }, input });

    expect(stderr.match(/n \(int\) \$> /g)).toHaveLength(3);
    expect(stderr).toContain("'Medium' is not one of the options: Small, Large");
    expect(stderr).toContain("invalid argument for 'list[1]': no int 'a'");
    expect(stderr.match(/extra \(file\) \$> /g)).toHaveLength(1);
    const run = await finished(runOf(stdout));
    expect(await resultText(stack, run, 'seen.txt')).toBe('3 1 [7] --slow\n');
  });

  it('take the target path of a file after a colon or from a prompt, before the upload (report 17)', async () => {
    const group = await stack.group('F', token, 'Files');
    const env = { FLOWSERV_GROUP: group };
    const begin = (args: string, input = '') => flowserv(`runs start ${args}`, { env, input });

    const unasked = await begin(`-a f=${path} -a word=x`);
    const incomplete = await begin(`-a f=${path}:in/x.txt`);

    expect(unasked.code).toBe(1);
    expect(unasked.stderr).toMatch(
      /^argument f: give the path of the file .* -a f=PATH:TARGET\nTarget Path:/,
    );
    expect(incomplete.stderr).toBe("error: missing argument for 'word'\n");
    expect(await uploadsOf(group)).toEqual([]);

    const asked = await begin(`-a f=${path} -a word=x`, '/abs\nin/x.txt\n');
    const given = await begin(`-a f=${path}:in/y.txt -a word=x`);

    const [upload, ...others] = await uploadsOf(group);
    expect(others).toEqual([]);
    const runs = await Promise.all([asked, given].map(({ stdout }) => finished(runOf(stdout))));
    const files = runs.map((run) => run.arguments[0].value.value);
    expect(files).toEqual(['in/x.txt', 'in/y.txt'].map((targetPath) => ({ fileId: upload.id, targetPath })));
  });
});
