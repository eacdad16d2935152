import { describe, expect, it } from 'vitest';
import type { TaskOptions } from './task.ts';
import { changed, textsOf, treeOf, unchanged, useTasks } from './task-fixture.ts';

const prepare = useTasks();
const treeAfter = async (options: TaskOptions) => treeOf(await prepare(options));

describe('the files that reach the next step', () => {
  const files = {
    'code/score.py': { content: 'honest', protected: true },
    'code/given.txt': 'g',
    'own/in.txt': 'in',
  };
  const rule = { closed: ['code'], declared: ['code/out/', 'work/'], leaves: null, others: [] };

  it('include no new files in a folder of static files unless the template declares them', async () => {
    const { status, tree } = await treeAfter({
      files,
      folders: ['code/out'],
      commands: [
        'mkdir -p code/helper/deep code/__pycache__; : > code/helper/deep/x; : > code/__pycache__/score.pyc; : > code/json.py',
        'printf more >> code/given.txt; printf 1 > code/out/a; printf 2 > new.txt',
      ],
      keep: { handOver: rule },
    });
    expect(Object.keys(tree)).toEqual([
      'code/given.txt',
      'code/out/a',
      'code/score.py',
      'new.txt',
      'own/in.txt',
    ]);
    expect(tree['code/given.txt']).toMatchObject(changed('gmore'));
    const reason =
      "it is in the folder 'code' of the workflow's own files; write it elsewhere, or have the template list it in 'outputs'";
    expect(textsOf(status)).toEqual(
      ['code/helper', 'code/json.py'].map((path) => `'${path}' was dropped: ${reason}`),
    );
  });

  it("include only declared changes of a participant's step, and all other files unchanged", async () => {
    const { status, tree, task } = await treeAfter({
      files,
      folders: ['work'],
      commands: [
        'mkdir -p code/__pycache__ scratch/deep; : > scratch/deep/x; printf evil > own/in.txt; rm code/given.txt',
        'printf 1 > work/a; ln -s a work/b; ln -s ../own/in.txt work/c; ln -s ../scratch/back work/d; ln -s ../work scratch/back',
      ],
      keep: { handOver: { ...rule, leaves: ['work/'] } },
    });
    expect(tree['own/in.txt']).toMatchObject(unchanged('own/in.txt'));
    expect(tree['code/given.txt']).toMatchObject(unchanged('code/given.txt'));
    expect(Object.keys(tree)).toEqual([...Object.keys(files).sort(), 'work/a', 'work/b']);
    expect(
      textsOf(status)
        .map((text) => text.split(': ', 1)[0])
        .sort(),
    ).toEqual([
      ...[
        "'code/__pycache__' was dropped",
        "'scratch' was dropped",
        "'work/c' was dropped",
        "'work/d' was dropped",
      ],
      ...["changes to 'code/given.txt' were dropped", "changes to 'own/in.txt' were dropped"],
    ]);
    expect(task.broker.uploads.filter(({ kind }) => kind === 'tree').map(({ path }) => path)).toEqual([
      'work/a',
    ]);
  });
});
