import { describe, expect, it } from 'vitest';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { rootOf } from '../../shared/engine/working-folder.ts';

const files = ['README.md', 'score.py', 'my file.sh', 'Score.class', 'code/run.sh', 'template.yaml'];
const rootFor = (command: string, parameters: object = {}, config: unknown = null) =>
  rootOf(
    parseSerialWorkflow({
      parameters,
      steps: [{ name: 's', action: { environment: 'x', commands: ['true', command] } }],
    }),
    files,
    config,
  );

describe('the run directory', () => {
  it.each([
    'python score.py',
    '${python} ./score.py "$[[x]]"',
    'cat x|python3 "score.py">out',
    'python $$PWD/score.py',
    'python -m score',
    'java -cp . Score',
    "sh 'my file.sh'",
    'sh "$$FOLDER/my file.sh"',
    'python ${FS_WORK}/score.py',
    'python $$FS_WORK/score.py',
    'python code/../score.py',
    'for f in *.py; do python "$$f"; done',
    'find . -name "sc[o]re.?y"',
    'perl -I. code/x.pl',
    'perl -I ./ code/x.pl',
    'ruby -I $$PWD code/x.rb',
    'java -cp lib/x.jar:. org.Main',
    'export PATH=.:$$PATH; run',
    'CLASSPATH="lib:$$PWD" java org.Main',
    'LD_LIBRARY_PATH=lib: code/run',
  ])('is closed by a command that names one of its static files: %s', (command) => {
    expect(rootFor(command)).toBe('closed');
  });

  it('is closed by variables that name one of its static files', () => {
    expect(rootFor('python ${main}', { main: 'score.py' })).toBe('closed');
    const config = { workers: [{ name: 'w', type: 'docker', variables: { main: 'score.py' } }] };
    expect(rootFor('python ${main}', {}, config)).toBe('closed');
  });

  it.each([
    'sh code/run.sh',
    'python code/score.py',
    'python -c',
    'echo score',
    'cat score.pyc',
    'cat data/*.py',
    'make x',
    'perl -Icode x',
    'java -cp code x',
    'export PATH=$$PWD/bin:$$PATH',
    'echo a/score.py',
  ])('is not closed by a command that names none of its static files: %s', (command) => {
    expect(rootFor(command)).not.toBe('closed');
  });

  it('is closed by a program that builds from one of its files', () => {
    const workflow = (command: string) =>
      parseSerialWorkflow({ steps: [{ name: 's', action: { environment: 'x', commands: [command] } }] });
    expect(rootOf(workflow('make -s all'), ['Makefile'])).toBe('closed');
    expect(rootOf(workflow('make -C code all'), ['code/Makefile'])).toEqual([]);
    expect(rootOf(workflow('snakemake -c1'), ['Snakefile'])).toBe('closed');
    const others = [
      ['scons -Q', 'SConstruct'],
      ['julia --project code/x.jl', 'Project.toml'],
      ['dotnet run', 'Score.csproj'],
      ['pip install .', 'pyproject.toml'],
      ['mix run', 'mix.exs'],
    ] as const;
    for (const [command, file] of others) expect(rootOf(workflow(command), [file])).toBe('closed');
  });

  it('is a source of Python imports if the environment of a step includes it', () => {
    const action = { environment: 'x', commands: ['python code/x.py'] };
    const rootWith = (PYTHONPATH: string) =>
      rootOf(parseSerialWorkflow({ steps: [{ name: 's', action: { ...action, env: { PYTHONPATH } } }] }), []);
    expect(['.', 'lib:.', 'lib', '/x:lib'].map(rootWith)).toEqual([['python'], ['python'], [], []]);
    const config = { workers: [{ name: 'w', type: 'docker', env: { PYTHONPATH: '.' } }] };
    expect(rootFor('python code/x.py', {}, config)).toEqual(['python']);
  });

  it('is not closed by a step that a participant supplies', () => {
    expect(rootOf(parseSerialWorkflow({ steps: [{ name: 's', action: '$[[a]]' }] }), files)).toEqual([]);
  });

  it.each([
    "python3 -c 'import json'",
    '${python} -m json.tool x',
    'true && /usr/bin/python3.12 -W ignore -um pkg.mod',
    'cat x | python',
    'python - < x',
    "python3 <<'E'",
    'python .',
    'python ./ x',
    'PYTHONPATH=. python code/x.py',
    'export PYTHONPATH="lib:$$PWD:$$PYTHONPATH"; python code/x.py',
    'env PYTHONPATH=$$(pwd) python code/x.py',
    'pytest code',
  ])('is a source of Python imports in %s', (command) => {
    expect(rootFor(command)).toEqual(['python']);
  });

  it.each(['papermill code/x.ipynb out.ipynb', 'python3 -m jupyter nbconvert --execute code/x.ipynb'])(
    'is a source of modules of all languages of kernels in %s',
    (command) => {
      expect(rootFor(command)).toEqual(expect.arrayContaining(['octave', 'php', 'python']));
    },
  );

  it.each([
    'python code/run.py -c x',
    'python -u code/run.py',
    'pythonic -c x',
    'sh -c "echo x"',
    'PYTHONPATH=lib python code/x.py',
    'PYTHONPATH="lib:$$PYTHONPATH" python code/x.py',
    'PYTHONPATH=$$PWD/lib python code/x.py',
  ])('is open in %s', (command) => {
    expect(rootFor(command)).toEqual([]);
  });

  it.each([
    ['octave code/score.m', 'octave'],
    ['cd . && /usr/bin/octave-cli --no-gui code/score.m', 'octave'],
    ['php code/score.php', 'php'],
    ['sh -c "lua5.4 code/score.lua"', 'lua'],
    ['runghc code/Score.hs', 'haskell'],
    ['escript code/score.escript', 'erlang'],
    ['stata-mp -b do code/score.do', 'stata'],
    ['pdflatex code/report.tex', 'tex'],
    ['java code/Score.java', 'java'],
    ['gawk -f code/score.awk data.csv', 'awk'],
    ['awk -i inplace 1 data.csv', 'awk'],
    ['perl code/score.pl', 'perl'],
    ['prove code', 'perl'],
    ['rspec code', 'ruby'],
    ['ocaml code/score.ml', 'ocaml'],
    ['${java} -Xmx1g org.example.Score', 'java'],
    ['javac -d out code/Main.java; java -cp out Main', 'java'],
    ['java code/Main.java -m accuracy', 'java'],
    ['java org.example.Main -cp x', 'java'],
  ])('is a source of modules in %s', (command, language) => {
    expect(rootFor(command)).toEqual([language]);
  });

  it.each([
    'java -jar code/score.jar',
    'java -cp code:lib/x.jar org.example.Score',
    'java --class-path=code Main',
    'CLASSPATH=code java Main',
    'octave "$[[code]]"',
    'php -n $[[code]] data.csv',
    'lua ${main}',
    'cat java.txt octave.log',
    "awk '{print $$1}' data.csv",
    'ruby code/score.rb',
  ])('is not a source of modules in %s', (command) => {
    expect(rootFor(command, { main: '$[[code]]' })).toEqual([]);
  });

  it('is a source of modules for the languages of static files that no command names', () => {
    const rootWith = (command: string) =>
      rootOf(
        parseSerialWorkflow({ steps: [{ name: 's', action: { environment: 'x', commands: [command] } }] }),
        ['code/run.sh', 'code/score.m', 'code/Main.java'],
      );
    expect(rootWith('sh code/run.sh')).toEqual(['java', 'octave']);
    expect(rootWith('octave "$[[code]]"; java -jar x.jar')).toEqual([]);
    // The script may run the organiser's own programs of these languages.
    expect(rootWith('octave "$[[code]]"; java -jar x.jar; sh code/run.sh')).toEqual(['java', 'octave']);
    expect(rootWith('octave "$[[code]]"; java -jar x.jar && ./code/run.sh')).toEqual(['java', 'octave']);
  });
});
