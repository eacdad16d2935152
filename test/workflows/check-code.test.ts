import { describe, expect, it } from 'vitest';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderWith } from '../sources/source-folder.ts';

const FILES = {
  'flowserv.yaml': 'name: X\nspecfile: template.yaml\n',
  'code/score.py': '',
  'code/run': '',
  'notebooks/fit.ipynb': '',
};

interface Step {
  readonly name?: string;
  readonly commands?: readonly string[];
  readonly func?: string;
  readonly notebook?: string;
}

/** Returns the warnings about a workflow of these steps, which run in order. */
async function warningsOf(steps: readonly Step[], more: object = {}) {
  const actions = steps.map(({ name, ...action }, i) => ({
    name: name ?? `s${i}`,
    action: { environment: 'image:1', ...action },
  }));
  const template = JSON.stringify({ workflow: { steps: actions }, ...more });
  const { problems, warnings } = await checkSource(await folderWith({ ...FILES, 'template.yaml': template }));
  expect(problems).toEqual([]);
  return warnings.map(({ code, message }) => `${code} ${message.replace(/^template\.yaml: /, '')}`);
}
const warningsOfCommands = (...commands: readonly string[]) => warningsOf([{ commands }]);

const missing = (path: string, hint: string) =>
  expect.stringMatching(
    RegExp(
      `^file\\.missing workflow\\.steps\\[.*it runs '${path}', which neither the source nor .*; ${hint}$`,
    ),
  );

describe('code that the source lacks', () => {
  it.each([
    ['python code/scor.py > out.json', 'code/scor.py', "did you mean 'code/score.py'\\?"],
    ['${python} code/Score.py', 'code/Score.py', "did you mean 'code/score.py'\\?"],
    ['python score.py', 'score.py', "did you mean 'code/score.py'\\?"],
    ['sh scripts/all.sh --fast', 'scripts/all.sh', 'add it to the source'],
    ['cat data | python src/filter.py', 'src/filter.py', 'add it to the source'],
    ['code/runn x', 'code/runn', "did you mean 'code/run'\\?"],
  ])('causes a warning: %s', async (command, path, hint) => {
    expect(await warningsOfCommands(command)).toEqual([missing(path, hint)]);
  });

  it('causes one warning for each path, with the place of the first command', async () => {
    const found = await warningsOf([
      { commands: ['true', 'sh code/scor.py'] },
      { commands: ['sh code/scor.py'] },
    ]);
    expect(found).toEqual([expect.stringContaining('workflow.steps[0].action.commands[1]: ')]);
  });

  it('causes a warning in later steps if the folder is closed to their files', async () => {
    const steps = [{ commands: ['python code/score.py'] }, { commands: ['python code/plot.py'] }];
    expect(await warningsOf(steps)).toEqual([missing('code/plot.py', 'add it to the source')]);
  });

  it('causes a warning if it is a notebook, or a similar name of a module', async () => {
    expect(await warningsOf([{ notebook: 'notebooks/fits.ipynb' }])).toEqual([
      missing('notebooks/fits.ipynb', "did you mean 'notebooks/fit.ipynb'\\?"),
    ]);
    expect(await warningsOf([{ func: 'code.scores.main' }])).toEqual([
      missing('code/scores.py', "did you mean 'code/score.py'\\?"),
    ]);
  });

  it('causes a warning in post-processing', async () => {
    const postproc = {
      inputs: { files: [], runs: 'runs' },
      workflow: { steps: [{ name: 'p', action: { environment: 'i:1', commands: ['sh code/plot.sh'] } }] },
    };
    expect(await warningsOf([{ commands: ['true'] }], { postproc })).toEqual([
      expect.stringMatching(/^file\.missing postproc\.workflow\.steps\[0\].*'code\/plot\.sh'/),
    ]);
  });

  it.each([
    [['python code/score.py']],
    [['code/run', './code/run']],
    [['sh /opt/tool/run.sh', 'python -m package.main', 'python -c "print(1)"', 'pytest']],
    [['tar xf src.tgz', 'sh src/build.sh']],
    [['git clone https://example.org/x && python x/main.py']],
    [['make && build/tool.sh']],
    [['printf "true" > work/go.sh', 'sh work/go.sh']],
    [['cat a b > all.sh && sh all.sh']],
    [['python code/score.py', 'sh generated/all.sh']],
    [['cd /opt/tool', 'sh run.sh']],
    [['sh "$$FOLDER/run.sh"', 'for f in parts/*.sh; do sh $$f; done']],
  ])('causes no warning if it exists, or if it may come from elsewhere: %j', async (commands) => {
    expect((await warningsOfCommands(...commands)).filter((one) => one.startsWith('file.missing'))).toEqual(
      [],
    );
  });

  it('causes no warning if a participant supplies it, or if the function may be one of the image', async () => {
    const parameters = [{ name: 'code', label: 'Code', dtype: 'file', index: 0, target: 'work/predict.py' }];
    expect(await warningsOf([{ commands: ['python work/predict.py'] }], { parameters })).toEqual([]);
    const anywhere = [{ name: 'code', label: 'Code', dtype: 'file', index: 0 }];
    expect(await warningsOf([{ commands: ['sh work/all.sh'] }], { parameters: anywhere })).toEqual([]);
    expect(await warningsOf([{ func: 'numpy.linalg.norm' }])).toEqual([]);
  });
});
