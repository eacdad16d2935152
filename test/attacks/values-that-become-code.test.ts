import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stepScript } from '../../shared/engine/step-script.ts';
import { FlowservError } from '../../shared/errors.ts';
import { installTemplate, oneStep, SCORES, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { expand } from '../engine/expansion.ts';
import { plannedStep } from '../engine/planned-step.ts';

const TEXT = 'parameters:\n  - {name: x, dtype: string}\n';

describe('a value of a participant', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  it.each([
    ['tar cf all.tar "$[[x]]"', 'write -- in front of the reference'],
    ['sort --compress-program="$[[x]]" data.txt', 'a number or a select list'],
    ['flock lock -c "echo $[[x]]"', 'without a second shell'],
    ['strace -o log sh -c "echo $[[x]]"', 'pass the value as an argument'],
    ['python3 -mtimeit "$[[x]]"', 'takes the value as an argument'],
    ['PYTHONPATH="$[[x]]" python3 code/score.py', 'use a variable of another name'],
  ])('cannot become code in a template with %s', async (command, fix) => {
    const installed = installTemplate(stack, oneStep([command], TEXT));
    await expect(installed).rejects.toMatchObject({
      code: 'template.invalid',
      message: expect.stringContaining(fix),
    });
  });

  it('cannot set an option of the scorer', async () => {
    const scorer = `import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument('name')
parser.add_argument('--labels', default='data/labels.txt')
labels = open(parser.parse_args().labels).read()
json.dump({'score': 1 if labels == 'mine' else 0}, open('result.json', 'w'))
`;
    const parameters = `${TEXT}  - {name: labels, dtype: file}\n${SCORES}`;
    const files = { 'code/score.py': scorer, 'data/labels.txt': 'true' };
    const scored = async (command: string, id: string, x: string) => {
      const template = oneStep([command], parameters, ['result.json']);
      const group = await stack.group(
        await installTemplate(stack, template, files, { id }),
        alice.token,
        'G',
      );
      const { json: upload } = await stack.upload(group, alice.token, 'mine.txt', 'mine');
      const labels = { type: '$file', value: { fileId: upload.id, targetPath: 'mine.txt' } };
      const { json } = await start(stack, group, alice.token, { x, labels });
      const run = await stack.ended(json.id, alice.token);
      const { json: leaderboard } = await stack.request('GET', `/workflows/${id}/leaderboard`);
      return [run.state, leaderboard.ranking.map((row: { results: unknown }) => row.results)];
    };
    const unquoted = 'python3 code/score.py $[[x]] && cat $[[labels]]';
    const quoted = 'python3 code/score.py "$[[x]]" && cat "$[[labels]]"';
    expect(await scored(unquoted, 'unquoted', 'me --labels=mine.txt')).toEqual(['ERROR', []]);
    expect(await scored(quoted, 'quoted', '--labels=mine.txt')).toEqual(['ERROR', []]);
    expect(await scored(quoted, 'fair', 'me')).toEqual(['SUCCESS', [[{ name: 'score', value: 0 }]]]);
  });
});

/** Values that programs could interpret as code, or as an option that runs code. */
const HOSTILE = [
  ...[
    '; touch pwned',
    '$(touch pwned)',
    '`touch pwned`',
    '" && touch pwned "',
    "'; touch pwned; '",
    '\ntouch pwned\n',
  ],
  ...[
    '--use-compress-program=touch pwned',
    '--checkpoint-action=exec=touch pwned',
    '-Itouch pwned',
    '--to-command=touch pwned',
  ],
  ...[
    '--compress-program=touch pwned',
    '--filter=touch pwned',
    '-exec touch pwned ;',
    '-fprint pwned',
    '-fprint=pwned',
  ],
  ...[
    '-cimport os; os.system("touch pwned")',
    '-e1etouch pwned',
    '-esystem("touch pwned")',
    '--source=BEGIN{system("touch pwned")}',
  ],
  ...[
    '-Stouch pwned',
    '--split-string=touch pwned',
    '-TT touch pwned',
    '--upload-pack=touch pwned',
    'ext::touch pwned',
  ],
  ...[
    'BEGIN{system("touch pwned")}',
    '1etouch pwned',
    'a[$(touch pwned)]',
    'PATH=.',
    '/usr/bin/touch',
    'x -exec touch pwned ;',
  ],
];

/** Commands with programs of this host. Templates with a value in an unsafe position are rejected. */
const COMMANDS = [
  ...[
    'printf %s "${x}"',
    'echo ${x}',
    'cat "${x}"',
    'cat ${x}',
    'head -n 1 -- "${x}"',
    'mkdir -p "${x}"',
    'V="${x}"; echo $$V',
  ],
  ...[
    'tar cf a.tar data "${x}"',
    'tar cf a.tar data -- "${x}"',
    'tar xf "${x}"',
    'sort "${x}"',
    'sort -- "${x}"',
    'split -- "${x}"',
  ],
  ...[
    'find "${x}"',
    'find "./${x}"',
    'find . -name "${x}"',
    'git log -- "${x}"',
    'git clone -- "${x}"',
    'zip a.zip -- "${x}"',
  ],
  ...[
    'python3 -c "import sys" "${x}"',
    'python3 "${x}"',
    'python3 run.py "${x}"',
    'python3 run.py ${x}',
    'perl -e 1 "${x}"',
  ],
  ...[
    'perl -e 1 -- "${x}"',
    'sed p data "${x}"',
    'sed p data -- "${x}"',
    'awk \'{ print }\' "${x}"',
    'awk -v n="${x}" 1 data',
    'awk -f run.awk "${x}"',
  ],
  ...[
    'env "${x}"',
    'env A="${x}" true',
    'timeout 5 cat "${x}"',
    'flock lock cat "${x}"',
    'xargs -a data tar cf a "${x}"',
    'strace "${x}"',
  ],
  ...[
    'sh -c \'echo "$$1"\' sh "${x}"',
    'sh "${x}"',
    'eval "${x}"',
    '[ "${x}" = a ]',
    'test -n "${x}"',
    'case ${x} in a) ls;; esac',
  ],
];

describe('the script of a step', () => {
  it('never runs a value as code, whatever the program', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-values-'));
    try {
      const scripts = COMMANDS.flatMap((command, index) =>
        // Programs whose options run other programs get all values, all others a sixth of them each.
        HOSTILE.filter((_value, at) => /tar|sed/.test(command) || at % 6 === index % 6).flatMap((x) =>
          scriptOf(command, x),
        ),
      );
      expect(scripts.length).toBeGreaterThan(60);
      runAll(folder, scripts);
      const found = readdirSync(folder, { recursive: true }).filter(
        (path) => basename(`${path}`) === 'pwned',
      );
      expect(found).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The script as it is staged, or no script if the value is rejected. */
function scriptOf(command: string, x: string): string[] {
  const values = { x };
  try {
    const kinds = new Map([['x', 'text' as const]]);
    const { text, variables } = expand(command, values, { kinds });
    const step = plannedStep(0, { commands: [text], variables: Object.fromEntries(variables) });
    return [stepScript(step)];
  } catch (error) {
    expect(error).toBeInstanceOf(FlowservError);
    return [];
  }
}

/** Runs scripts in order in one batch, each in its own empty folder. */
function runAll(folder: string, scripts: readonly string[]): void {
  const lines = scripts.map((script, index) => {
    const [control, work] = [join(folder, `${index}`, 'ctl'), join(folder, `${index}`, 'work')];
    mkdirSync(join(control, 'end'), { recursive: true });
    mkdirSync(work);
    writeFileSync(join(control, 'ready'), '');
    writeFileSync(join(work, 'run.py'), 'import sys\n');
    writeFileSync(join(work, 'data'), 'data\n');
    writeFileSync(join(control, 'step.sh'), script);
    return `( FS_CTL=${control}; FS_LOG=${control}; FS_WORK=${work}; . "$FS_CTL/step.sh" )`;
  });
  execFileSync('/bin/sh', ['-c', `${lines.join('\n')}\ntrue`], { cwd: folder, timeout: 100_000 });
  expect(existsSync(join(folder, '0', 'ctl', 'end', 'mark'))).toBe(true);
}
