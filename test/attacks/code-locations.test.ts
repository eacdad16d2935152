import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/**
 * Programs load code not only from the folder of their script, and read results of earlier steps. A participant can
 * change neither this code nor these results.
 */
const stack = useStack();
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const FORGED = '{"score": 1000}';
const plant = `import os\nos.write(1, b'${FORGED}')\nos._exit(0)\n`;
const scorer = { 'code/score.py': 'import json\nprint(json.dumps({"score": 5}))\n' };
const makefile = 'result.json:\n\tpython3 code/score.py > result.json\n';

interface Benchmark {
  readonly steps: readonly string[];
  readonly parameters?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const container = (name: string, command: string, action: object = {}) =>
  JSON.stringify({ name, action: { environment: 'python:3.9', commands: [command], ...action } });
const own = JSON.stringify({ name: 'own', action: '$[[step]]' });
const score = container('score', 'python code/score.py > result.json');

let count = 0;
async function groupOf({ steps, parameters = [], files = scorer }: Benchmark): Promise<string> {
  count += 1;
  const list = (lines: readonly string[]) => lines.map((line) => `\n  - ${line}`).join('');
  const template = `workflow:
  files: {outputs: [result.json]}
  steps:${list(steps)}
parameters:${list(['{name: extra, dtype: file, isRequired: false}', '{name: step, dtype: actor, isRequired: false}', ...parameters])}
results:
  file: result.json
  schema: [{name: score, label: Score, dtype: float}]
`;
  const id = await installTemplate(stack, template, files, { id: `code${count}` });
  return stack.group(id, alice.token, 'Group');
}

async function runOf(group: string, values: Readonly<Record<string, unknown>>) {
  const { status, json } = await start(stack, group, alice.token, values);
  expect([status, json.message]).toEqual([201, undefined]);
  return stack.ended(json.id, alice.token);
}

/** Returns the score of a run, or null if it has none. */
async function scoreOf(group: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
  const run = await runOf(group, values);
  const kept = run.files.some(({ name }: { readonly name: string }) => name === 'result.json');
  return run.state === 'SUCCESS' && kept
    ? JSON.parse(await resultText(stack, run, 'result.json')).score
    : null;
}

const forgery = { step: { environment: 'python:3.9', commands: [`echo '${FORGED}' > result.json`] } };

describe('a file of an argument is rejected', () => {
  const one = (command: string, files: Readonly<Record<string, string>> = scorer) => ({
    steps: [container('score', command)],
    files,
  });
  const cases: [string, string, Benchmark][] = [
    ['in a folder of PYTHONPATH', 'json.py', one('PYTHONPATH=. python code/score.py > result.json')],
    [
      'in a folder of PYTHONPATH in the environment',
      'json.py',
      { steps: [container('score', 'python code/score.py > result.json', { env: { PYTHONPATH: 'lib:.' } })] },
    ],
    ['in a folder that Python runs', 'json.py', one('python . > result.json', { '__main__.py': plant })],
    [
      'in a folder of an option',
      'strict.pm',
      one('perl -I. code/score.pl', { 'code/score.pl': 'use strict;' }),
    ],
    [
      'next to programs that a wildcard matches',
      'check_b.sh',
      one('for f in check_*.sh; do sh "$$f"; done', { 'check_a.sh': 'true\n' }),
    ],
    [
      'next to a program with a variable in its path',
      'json.py',
      one('python $$FS_WORK/score.py', { 'score.py': plant }),
    ],
    [
      'next to a program with a path that contains ..',
      'json.py',
      one('python x/../score.py', { 'score.py': plant }),
    ],
    [
      'next to a source file of make',
      'result.json',
      one('make result.json', { ...scorer, Makefile: makefile }),
    ],
    [
      'as a file that the workflow creates',
      'result.json',
      one('make -f code/Makefile result.json', { ...scorer, 'code/Makefile': makefile }),
    ],
    ['as a function of Octave', 'mean.m', one('octave code/score.m', { 'code/score.m': 'mean([5])\n' })],
    [
      'as a file that PHP includes',
      'x.php',
      one('php code/a.php', { 'code/a.php': "<?php include 'x.php';" }),
    ],
    ['as a module of Lua', 'cjson.lua', one('lua code/a.lua', { 'code/a.lua': 'pcall(require, "cjson")' })],
    ['as a class of Java', 'org/A.class', one('java code/A.java', { 'code/A.java': 'class A {}' })],
    ['as a module of Haskell', 'Data/List.hs', one('runghc code/A.hs', { 'code/A.hs': 'import Data.List' })],
    ['as a module of Erlang', 'a.beam', one('escript code/a.erl', { 'code/a.erl': 'main(_) -> a:b().' })],
    [
      'as a file that GNU awk includes',
      'join.awk',
      one('gawk -f code/a.awk', { 'code/a.awk': '@include "join"' }),
    ],
    [
      'as a module of an old Perl',
      'JSON/XS.pm',
      one('perl code/a.pl', { 'code/a.pl': 'eval { require JSON::XS }' }),
    ],
    ['as the first file of OCaml', 'topfind', one('ocaml code/a.ml', { 'code/a.ml': '#use "topfind";;' })],
    [
      'as the workspace above a package of Rust',
      'Cargo.toml',
      one('cargo run --manifest-path code/Cargo.toml', { 'code/Cargo.toml': '[package]' }),
    ],
    ['as a toolchain of Rust', 'rust-toolchain.toml', one('cd code && cargo run', { 'code/Cargo.toml': '' })],
    ['as settings above a program of Nim', 'config.nims', one('nim r code/a.nim', { 'code/a.nim': '' })],
    ['as settings above a project of .NET', 'Directory.Build.props', one('dotnet run --project code')],
    ['as another name of a Rakefile', 'rakefile.rb', one('rake score')],
    [
      'as a profile of Snakemake',
      'profiles/default/config.yaml',
      one('snakemake -s code/Snakefile', { 'code/Snakefile': 'rule all:' }),
    ],
    ['as a settings file of pytest', 'pytest.ini', one('pytest tests', { 'tests/test_x.py': '' })],
    [
      'as a static file that is only a default value',
      'data/truth.json',
      {
        steps: [container('score', 'cat data/truth.json > result.json')],
        parameters: ['{name: names, dtype: file, target: names.txt, defaultValue: data/truth.json}'],
        files: { 'data/truth.json': FORGED },
      },
    ],
  ];
  it.each(cases)('%s', async (_, path, benchmark) => {
    const group = await groupOf(benchmark);
    const name = benchmark.parameters ? 'names' : 'extra';
    const value = await fileArgument(stack, group, alice.token, plant, path);
    const { status, json } = await start(stack, group, alice.token, { [name]: value });
    expect([status, json.message]).toEqual([400, expect.stringContaining(`path '${path}'`)]);
    expect(json.message).toMatch(/name (?:another|a path)|have the template declare/);
  });
});

describe("the scorer's result does not change", () => {
  it('when a step of a participant comes last', async () => {
    const group = await groupOf({ steps: [score, own] });
    expect(await scoreOf(group, forgery)).toBeNull();
    expect(
      await scoreOf(group, { step: { ...forgery.step, commands: ['cat result.json > plot.txt'] } }),
    ).toBe(5);
  });

  it('when a step of a participant is between the scorer and another step', async () => {
    const group = await groupOf({ steps: [score, own, container('report', 'wc result.json > report.txt')] });
    expect(await scoreOf(group, forgery)).toBe(5);
  });

  it('when steps of a participant follow each other', async () => {
    const last = JSON.stringify({ name: 'last', action: '$[[last]]' });
    const group = await groupOf({ steps: [score, own, last], parameters: ['{name: last, dtype: actor}'] });
    const pause = { environment: 'python:3.9', commands: ['true'] };
    expect(await scoreOf(group, { ...forgery, last: pause })).toBe(5);
  });

  it('when make would consider it up to date', async () => {
    const files = { ...scorer, 'code/Makefile': makefile };
    const group = await groupOf({
      steps: [own, container('score', 'make -f code/Makefile result.json')],
      files,
    });
    expect(await scoreOf(group, forgery)).toBe(5);
  });

  it('when a participant chooses the image of an earlier step', async () => {
    const files = { ...scorer, 'code/Makefile': makefile };
    const group = await groupOf({
      steps: [
        container('predict', 'sh "$[[extra]]"', { environment: '$[[image]]' }),
        container('score', 'make -f code/Makefile result.json'),
      ],
      parameters: ['{name: image, dtype: string}'],
      files,
    });
    const extra = await fileArgument(
      stack,
      group,
      alice.token,
      `echo '${FORGED}' > result.json\n`,
      'own/x.sh',
    );
    expect(await scoreOf(group, { extra, image: 'alpine:3' })).toBe(5);
  });
});

describe('a step whose arguments run commands', () => {
  it("cannot create the scorer's result", async () => {
    const files = { ...scorer, 'code/Makefile': makefile };
    const action = { environment: 'python:3.9', commands: ['$[[command]]'] };
    const group = await groupOf({
      steps: [
        JSON.stringify({ name: 'run', expansion: 'text', action }),
        container('score', 'make -f code/Makefile result.json'),
      ],
      parameters: ['{name: command, dtype: string}'],
      files,
    });
    expect(await scoreOf(group, { command: `echo '${FORGED}' > result.json` })).toBe(5);
  });
});

describe("a step of the organiser that unpacks a participant's archive", () => {
  it('does not pass on files that programs look up', async () => {
    const group = await groupOf({
      steps: [
        container('unpack', 'tar xf submission.tar'),
        container('score', 'node code/score.js > result.json'),
      ],
      parameters: ['{name: submission, dtype: file, target: submission.tar}'],
      files: {
        'code/score.js':
          'let score = () => 5;\ntry { score = require("faster"); } catch {}\nconsole.log(JSON.stringify({ score: score() }));\n',
      },
    });
    const archive = tarOf({
      'node_modules/faster/index.js': 'module.exports = () => 1000;\n',
      'answer.txt': 'x',
    });
    const { json } = await stack.upload(group, alice.token, 'submission.tar', archive);
    const submission = { type: '$file', value: { fileId: json.id } };
    expect(await scoreOf(group, { submission })).toBe(5);
  });
});

describe('a repository that a participant leaves', () => {
  it('does not run its commands in a later step', async () => {
    const group = await groupOf({
      steps: [
        container('unpack', 'tar xf submission.tar'),
        container(
          'score',
          'git status >/dev/null 2>&1; [ -f forged.json ] && cp forged.json result.json || python code/score.py > result.json',
        ),
      ],
      parameters: ['{name: submission, dtype: file, target: submission.tar}'],
    });
    const archive = tarOf({
      '.git/HEAD': 'ref: refs/heads/main\n',
      '.git/config': `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = "echo '${FORGED.replaceAll('"', '\\"')}' > forged.json; false"\n`,
      '.git/refs/heads/x': '',
      '.git/objects/x': '',
    });
    const { json } = await stack.upload(group, alice.token, 'submission.tar', archive);
    expect(await scoreOf(group, { submission: { type: '$file', value: { fileId: json.id } } })).toBe(5);
  });
});

function tarOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-tar-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    execFileSync('tar', ['cf', 'all.tar', ...Object.keys(files)], { cwd: folder });
    return readFileSync(join(folder, 'all.tar'), 'latin1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
