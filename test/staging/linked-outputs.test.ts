import { describe, expect, it } from 'vitest';
import { sha256, type TaskOptions } from './task.ts';
import { textsOf, useTasks } from './task-fixture.ts';

const prepare = useTasks();

/** Runs a last step, of which only outputs and result are kept. */
async function ended(options: TaskOptions) {
  const task = await prepare(options);
  const { status } = await task.run();
  return { task, status };
}

describe('outputs that are links', () => {
  it('(report 4) are kept with the content to which they lead, also in the archive', async () => {
    const { status, task } = await ended({
      commands: [
        `mkdir -p results deep/er; printf '{"score":1}' > results/a.json; ln -s a.json results/latest.json`,
        'printf p > deep/er/plot.png; ln -s latest.json results/result.json; ln -s deep plots; chmod 0 deep/er',
      ],
      keep: {
        outputs: ['results/latest.json', 'plots/er/'],
        resultFile: 'results/result.json',
        tree: false,
        archive: true,
      },
    });
    expect(textsOf(status)).toEqual([]);
    expect(status.outputs).toEqual([
      { path: 'plots/er/plot.png', size: 1, sha256: sha256('p') },
      { path: 'results/latest.json', size: 11, sha256: sha256('{"score":1}') },
    ]);
    expect(status.result).toEqual({ size: 11, sha256: sha256('{"score":1}') });
    expect(task.broker.uploads.map(({ kind }) => kind).sort()).toEqual(
      ['archive', 'log', 'output', 'output', 'result', 'status'].sort(),
    );
  });

  it.each([
    ['a link', 'ln -s truth/labels.csv plot.png'],
    ['a link to a link', 'ln -s truth/labels.csv a; ln -s a plot.png'],
    ['a link through a folder', 'ln -s truth t; ln -s t/../t/labels.csv plot.png'],
    ['an absolute link', 'ln -s "$PWD/truth/labels.csv" plot.png'],
    ['a folder', 'ln -s truth plot.png'],
    [
      'a link to a file that the step put there',
      'echo x > truth/labels.csv; ln -s truth/labels.csv plot.png',
    ],
    ['a link to a hard link of it', 'ln truth/labels.csv b; ln -s b plot.png'],
  ])('keeps no private file as an output or a result through %s', async (_, command) => {
    const { status, task } = await ended({
      files: { 'truth/labels.csv': { content: 'secret', protected: true, private: true } },
      commands: [command],
      keep: { outputs: ['plot.png/', 'plot.png'], resultFile: 'plot.png', tree: false },
    });
    expect(status).toMatchObject({ exitCode: 0, failure: null, outputs: [], result: null });
    expect(textsOf(status).join()).toContain('it leads to a private file');
    expect(task.broker.uploads.map(({ kind }) => kind)).not.toContain('output');
  });

  it('keeps no file of others through a link', async () => {
    const { status } = await ended({
      files: { 'results/score.json': 'honest' },
      commands: ['echo forged > results/score.json; ln -s results/score.json mine.json'],
      keep: {
        outputs: ['mine.json'],
        tree: false,
        handOver: { closed: [], declared: [], leaves: null, others: ['results/'] },
      },
    });
    expect(status.outputs).toEqual([]);
    expect(textsOf(status).join()).toContain("'mine.json' was not kept");
  });

  it('follows no circles of links, and bounds the files to which links lead', async () => {
    const { status } = await ended({
      commands: [
        'mkdir d; printf x > d/x; ln -s . d/self; ln -s .. d/up; ln -s d out; ln -s out again; ln -s a b; ln -s b a',
      ],
      keep: { outputs: ['out/', 'again/'], tree: false },
    });
    expect(status.outputs.map(({ path }) => path)).toEqual(['again/x', 'out/x']);
    const { status: large } = await ended({
      commands: ['head -c 900 /dev/zero > big; for i in 1 2 3 4; do ln -s big "out$i"; done'],
      keep: { outputs: ['out1', 'out2', 'out3', 'out4'], tree: false },
      limits: { treeBytes: 3000 },
    });
    expect(large.failure).toMatchObject({ code: 'output-too-large' });
  });
});
