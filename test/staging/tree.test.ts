import { describe, expect, it } from 'vitest';
import { sha256, type TaskOptions } from './task.ts';
import { changed, textsOf, treeOf, unchanged, useTasks } from './task-fixture.ts';

const prepare = useTasks();
const treeAfter = async (options: TaskOptions) => treeOf(await prepare(options));

describe('the tree after a step', () => {
  it('keeps the source of unchanged files and uploads only what is new', async () => {
    const { task, tree } = await treeAfter({
      files: { same: 'same', grown: 'a', 'same-size': 'aaa', gone: 'x', touched: 't', moved: 'm' },
      commands: [
        'echo b >> grown; printf bbb > same-size; rm gone; touch touched; mv moved elsewhere',
        'mkdir sub; printf new > sub/new; printf new > twin',
      ],
    });
    expect(tree.same).toMatchObject(unchanged('same'));
    expect(tree.touched).toMatchObject(unchanged('touched'));
    expect(tree.grown).toMatchObject({ size: 3, ...changed('ab\n') });
    expect(tree['same-size']).toMatchObject(changed('bbb'));
    expect(tree['sub/new']).toMatchObject(changed('new'));
    expect(tree.twin).toMatchObject(changed('new'));
    expect(tree.elsewhere).toMatchObject(changed('m'));
    expect(Object.keys(tree)).toEqual([
      'elsewhere',
      'grown',
      'same',
      'same-size',
      'sub/new',
      'touched',
      'twin',
    ]);
    const uploaded = task.broker.uploads.filter(({ kind }) => kind === 'tree').map((file) => file.sha256);
    expect(uploaded.sort()).toEqual(['ab\n', 'bbb', 'new', 'm'].map(sha256).sort());
    expect((await task.broker.object(`tree/${sha256('new')}`)).toString()).toBe('new');
  });

  it('detects a change that keeps the size and modification time', async () => {
    const { tree } = await treeAfter({
      files: { a: 'aaa', reference: '' },
      commands: ['printf bbb > a; touch -r reference a'],
    });
    expect(tree.a).toMatchObject(changed('bbb'));
  });

  it('records empty folders, links inside the tree, and modes', async () => {
    const { status, tree } = await treeAfter({
      files: { 'code/tool': 'x', 'code/plain': { content: 'y', mode: 0o640 } },
      commands: [
        'mkdir -p empty/deep; ln -s code/tool link; ln -s "$PWD/code" code-link; ln -s nowhere dangling',
        'chmod 755 code/tool',
      ],
    });
    expect(tree['empty/deep']).toEqual({ type: 'folder', path: 'empty/deep' });
    expect(tree.empty).toBeUndefined();
    expect(tree.link).toEqual({ type: 'link', path: 'link', target: 'code/tool' });
    expect(tree['code-link']).toEqual({ type: 'link', path: 'code-link', target: 'code' });
    expect(tree.dangling).toEqual({ type: 'link', path: 'dangling', target: 'nowhere' });
    expect(tree['code/tool']).toMatchObject({ mode: 0o755, ...unchanged('code/tool') });
    expect(tree['code/plain']).toMatchObject({ mode: 0o640 });
    expect(textsOf(status)).toEqual([]);
  });

  it('can be laid out again', async () => {
    const first = await treeAfter({
      files: { 'größe.txt': 'g' },
      commands: [
        'mkdir -p "a b/c"; printf 1 > "a b/c/new\nline"; ln -s ../größe.txt "a b/link"; mkdir empty',
      ],
    });
    const second = await prepare({
      entries: Object.values(first.tree),
      commands: ['find . | LC_ALL=C sort; cat "a b/link"'],
    });
    await second.broker.put(`tree/${sha256('1')}`, await first.task.broker.object(`tree/${sha256('1')}`));
    await second.broker.put('input/größe.txt', Buffer.from('g'));
    const { status } = await second.run();
    expect(status.commands[0]?.stdout).toBe(
      ['.', './a b', './a b/c', './a b/c/new', './a b/link', './empty', './größe.txt', 'line', 'g'].join(
        '\n',
      ),
    );
    expect((await second.manifest()).entries).toEqual(Object.values(first.tree));
  });
});

describe('static files', () => {
  const files = {
    'code/score.py': { content: 'honest', protected: true, mode: 0o755 },
    'data/truth.csv': { content: 'truth', protected: true },
  };

  it.each([
    ['changed', 'echo evil > code/score.py'],
    ['removed', 'rm code/score.py'],
    ['replaced by a link', 'ln -sf ../data/truth.csv code/score.py'],
    ['replaced by a FIFO', 'rm code/score.py; mkfifo code/score.py'],
    ['replaced by a folder', 'rm code/score.py; mkdir code/score.py; echo evil > code/score.py/x'],
  ])('are restored when they are %s, with a warning', async (_, command) => {
    const { status, tree, task } = await treeAfter({ files, commands: [command] });
    expect(tree['code/score.py']).toMatchObject({
      mode: 0o755,
      protected: true,
      ...unchanged('code/score.py'),
    });
    expect(Object.keys(tree)).toEqual(['code/score.py', 'data/truth.csv']);
    expect(textsOf(status)).toEqual(["changes to the static file 'code/score.py' were dropped"]);
    expect(task.broker.uploads.map(({ kind }) => kind)).toEqual(['log', 'manifest', 'status']);
  });

  it.each([
    ['a file', 'rm -r code; echo evil > code'],
    ['a link', 'rm -r code; mkdir evil; ln -s evil code'],
  ])('keep their folder when a step replaces it by %s', async (_, command) => {
    const { status, tree } = await treeAfter({ files, commands: [command] });
    expect(tree.code).toBeUndefined();
    expect(tree['code/score.py']).toMatchObject(unchanged('code/score.py'));
    expect(textsOf(status)).toContain("'code' was dropped: it replaces a static folder");
  });

  it.each([
    ['changed', 'echo evil > truth/labels.csv; cp truth/labels.csv results'],
    ['removed', 'rm -r truth'],
    ['replaced by a folder', 'rm truth/labels.csv; mkdir truth/labels.csv; echo x > truth/labels.csv/x'],
    ['replaced by a FIFO', 'rm truth/labels.csv; mkfifo truth/labels.csv'],
  ])('reach no later step when they are private and %s', async (_, command) => {
    const secret = { content: 'secret', protected: true, private: true };
    const { status, tree, task } = await treeAfter({
      files: { 'truth/labels.csv': secret, 'results/a': 'a' },
      commands: [command],
      keep: { outputs: ['truth/', 'truth/labels.csv', 'results/a'], resultFile: 'truth/labels.csv' },
    });
    expect(Object.keys(tree).filter((path) => path.startsWith('truth/'))).toEqual([]);
    expect(status).toMatchObject({ outputs: [{ path: 'results/a' }], result: null, warnings: [] });
    expect(task.broker.uploads.map(({ path }) => path)).not.toContain('truth/labels.csv');
  });

  it('may change when they are declared outputs', async () => {
    const { status, tree } = await treeAfter({
      files,
      commands: ['printf better > code/score.py'],
      keep: { outputs: ['code/score.py'] },
    });
    expect(tree['code/score.py']).toMatchObject(changed('better'));
    expect(status.outputs).toEqual([{ path: 'code/score.py', size: 6, sha256: sha256('better') }]);
    expect(textsOf(status)).toEqual([]);
  });

  it('cause no warning when they were only touched', async () => {
    const { status } = await treeAfter({ files, commands: ['touch code/score.py; chmod 700 code/score.py'] });
    expect(textsOf(status)).toEqual([]);
  });
});

describe('the warden after a hostile step', () => {
  it('publishes no files through links that lead out of the tree', async () => {
    const { status, tree } = await treeAfter({
      commands: [
        'ln -s /proc/self/environ out.txt; mkdir d; ln -s /proc/self d/self; ln -s ../../../etc d/etc',
        'mkdir -p a/b; ln -s ../.. a/b/up; ln -s a/b/up/.. out; ln -s loop loop',
      ],
      keep: { outputs: ['out.txt', 'd/self/environ', 'd/', 'out/'] },
    });
    expect(status.outputs).toEqual([]);
    expect(Object.keys(tree)).toEqual(['a/b/up', 'd']);
    expect([...textsOf(status)].sort()).toEqual(
      ['d/etc', 'd/self', 'loop', 'out', 'out.txt'].map(
        (path) => `'${path}' was dropped: it is a link that leads out of the tree`,
      ),
    );
  });

  it('keeps no static file as an output through a link', async () => {
    const { status } = await treeAfter({
      files: { 'truth.csv': { content: 'secret', protected: true } },
      commands: ['ln -s truth.csv plot.png; ln -s . here'],
      keep: { outputs: ['plot.png', 'here/truth.csv'] },
    });
    expect(status.outputs).toEqual([]);
    expect(textsOf(status)).toEqual(
      ['here/truth.csv', 'plot.png'].map(
        (path) =>
          `'${path}' was not kept: it leads to 'truth.csv', which is not an output of this step; copy it`,
      ),
    );
  });

  it('drops entries that are neither files nor folders, without blocking on them', async () => {
    const socket = 'python3 -c \'import socket; socket.socket(socket.AF_UNIX).bind("socket")\'';
    const { status, tree } = await treeAfter({
      commands: ['mkfifo fifo', socket],
      keep: { outputs: ['fifo'] },
    });
    expect(status).toMatchObject({ exitCode: 0, failure: null, outputs: [] });
    expect(tree).toEqual({});
    expect(textsOf(status)).toEqual([
      "'fifo' was dropped: it is neither a file nor a folder",
      "'socket' was dropped: it is neither a file nor a folder",
    ]);
  });

  it('stores hard links as separate files, without setuid, setgid and sticky bits', async () => {
    const { status, tree } = await treeAfter({
      files: { 'code/score.sh': 'honest' },
      commands: ['ln code/score.sh own.sh', 'cp /bin/true tool; chmod 6755 tool; chmod 1777 .'],
    });
    expect(tree['own.sh']).toMatchObject({ type: 'file', size: 6 });
    expect(tree['code/score.sh']).toMatchObject(unchanged('code/score.sh'));
    expect(tree.tool).toMatchObject({ mode: 0o755 });
    expect(status).toMatchObject({ exitCode: 0, failure: null, warnings: [] });
  });

  it('reads files and folders that the step made unreadable', async () => {
    const { status, tree } = await treeAfter({
      commands: [
        'mkdir shut; printf x > shut/a; printf y > b; mkdir half; : > half/c; chmod 000 b shut/a shut; chmod 400 half',
      ],
      keep: { outputs: ['b'] },
    });
    expect(tree['shut/a']).toMatchObject(changed('x'));
    expect(tree['half/c']).toMatchObject({ size: 0 });
    expect(tree.b).toMatchObject({ mode: 0, ...changed('y') });
    expect(status.outputs).toEqual([{ path: 'b', size: 1, sha256: sha256('y') }]);
  });

  it('fails a step that leaves a name that is not UTF-8, and names it (report 5)', async () => {
    const command = 'mkdir d; printf 1 > "$(printf \'d/r\\351s.csv\')"';
    const { status } = await treeAfter({ commands: [command] });
    const message = "the step left 'd/r\\xe9s.csv', whose name is not UTF-8; give it another name";
    expect(status).toMatchObject({
      exitCode: 0,
      failure: { code: 'name-not-unicode', message },
      outputs: [],
    });
    const output = await treeAfter({ commands: [command], keep: { tree: false, outputs: ['d/'] } });
    expect(output.status.failure).toMatchObject({ message });
    const scratch = await prepare({ commands: [command], keep: { tree: false, outputs: ['e/'] } });
    expect((await scratch.run()).status).toMatchObject({ failure: null, warnings: [] });
  });

  it('bounds the number of warnings', async () => {
    const { status } = await treeAfter({ commands: ['for i in $(seq 150); do ln -s /etc "$i"; done'] });
    expect(textsOf(status)).toHaveLength(101);
    expect(textsOf(status).at(-1)).toBe('and 50 more warnings');
  });

  it.each([
    ['many files', 'for i in $(seq 30); do : > "$i"; done', 'more than 20 files and folders'],
    ['a large file', 'truncate -s 2000 sparse', "a file of more than 1000 bytes: 'sparse'"],
    ['large files', 'for i in 1 2 3 4; do head -c 900 /dev/zero > "$i"; done', 'more than 3000 bytes'],
    ['deep folders', 'p=d; for i in $(seq 70); do p="$p/d"; done; mkdir -p "$p"', 'too long or too deep'],
  ])('fails a step that leaves %s', async (_, command, message) => {
    const limits = { files: command.includes('mkdir') ? 1000 : 20, fileBytes: 1000, treeBytes: 3000 };
    const { status, task } = await treeAfter({ commands: [command], limits, keep: { outputs: ['1'] } });
    expect(status).toMatchObject({ exitCode: 0, failure: { code: 'tree-too-large' }, outputs: [] });
    expect(status.failure?.message).toContain(message);
    expect(task.broker.uploads.map(({ kind }) => kind)).toEqual(['log', 'status']);
  });

  it('compares only the outputs when no step follows', async () => {
    const options = {
      commands: ['truncate -s 1G scratch; mkdir out; printf 1 > out/a; head -c 2000 /dev/zero > out/b'],
      keep: { outputs: ['out/'], tree: false },
    };
    const within = await prepare({ ...options, limits: { fileBytes: 5000, treeBytes: 5000 } });
    expect((await within.run()).status.outputs.map(({ path }) => path)).toEqual(['out/a', 'out/b']);
    const beyond = await prepare({ ...options, limits: { fileBytes: 1000 } });
    expect((await beyond.run()).status.failure?.code).toBe('output-too-large');
  });
});
