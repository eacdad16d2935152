import { describe, expect, it } from 'vitest';
import { createProgramCheck } from '../../shared/engine/programs.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { rootOf } from '../../shared/engine/working-folder.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { CONTENT, HARMLESS } from './program-forms.ts';

const parameters = parseParameters([
  { name: 'program', dtype: 'file', target: 'code/job.sh' },
  { name: 'data', dtype: 'file' },
  { name: 'choice', dtype: 'select', values: [{ name: 'A', value: 'a', isDefault: true }] },
  { name: 'flag', dtype: 'bool' },
]);

/** Returns the participant's file that a command runs. */
function programOf(command: string): string | undefined {
  const action = { environment: 'python:3.9', commands: [command] };
  const workflow = parseSerialWorkflow({
    parameters: { script: 'code/score.py', own: '$[[program]]' },
    files: { outputs: ['results/'] },
    steps: [{ name: 'score', action }],
  });
  const check = createProgramCheck({
    workflow,
    parameters,
    kept: ['result.json'],
    staticFiles: ['code/score.py', 'code/score.sh', 'run.sh'],
    privateFiles: ['truth/labels.txt', 'truth/check.py'],
    root: rootOf(workflow, []),
  });
  const [step] = workflow.steps;
  return step && check(step);
}

describe('createProgramCheck', () => {
  it.each([
    'python code/score.py --truth truth/labels.txt "$[[data]]" results/x.json',
    '${python} ${script} "$[[data]]" > result.json',
    'sh code/score.sh; sh ./code/../code/score.sh',
    'code/score.sh "$[[data]]"',
    'cd code && python score.py',
    'sh -c "python code/score.py"',
    'timeout 10 python -u code/score.py',
    'python truth/check.py < "$[[data]]"',
    'cat "$[[data]]" | python code/score.py',
    'python -m json.tool "$[[data]]"',
    'python - <<EOF\nprint(1)\nEOF',
    'python -c "print(1)"',
    '/opt/tools/score "$[[data]]"',
    '"$$CONDA/bin/python" code/score.py',
    'sh job $9',
    'cp "$[[data]]" results/copy; wc -l "$[[data]]" | awk \'{print $$1}\' > results/n',
    'sh run.sh $[[choice]]',
    'gcc -o code/score code/score.c && code/score',
    'test -f "$[[data]]" || exit 3',
    'grep -c canary truth/labels.txt',
    'echo "score of $[[choice]]"',
    'go run code/score.go results/x.json',
    'ruby -rjson/add/core code/score.rb',
    'node -r dotenv/config code/score.js',
    'nextflow run code/main.nf -cache false',
    'gdb -silent -x code/x.gdb',
    'DATA_PATH=results/x.json PYTHONPATH=.:./ python code/score.py',
    'PYTHONPATH="code:$$PYTHONPATH" PATH=/opt/bin:$$CONDA/bin:$$PATH python code/score.py',
    'cargo run --manifest-path code/Cargo.toml -- results/x.json',
    'pytest -q -n 4 -k results code',
    'make -f code/Makefile results/x.json',
    'jupyter nbconvert --execute code/a.ipynb --output-dir results/',
    'spark-submit code/score.py results/x.py',
    'sqlite3 results/db < code/score.sql',
    'julia --project=code code/score.jl results/x.jl',
    'g++ -O2 -std=c++17 -Icode -o results/score code/score.cpp -lm',
    'javac -d results code/Score.java',
    'cmake -S code -B build && cmake --build build',
    'go run ./code results/x.json',
    'pip install -r code/requirements.txt numpy',
    'pytest -c code/pytest.ini -p no:cacheprovider code',
    'perl -Icode code/score.pl',
    'mvn -fae -f code/pom.xml test',
    ...HARMLESS,
  ])('finds no participant’s program in %s', (command) => {
    expect(programOf(command)).toBeUndefined();
  });

  it.each<readonly [command: string, file: string]>([
    ['setarch x86_64 ./job "$[[data]]"', 'job'],
    ['setarch x86_64 -R sh job', 'job'],
    ['setarch --addr-no-randomize ./job', 'job'],
    ['linux32 sh job', 'job'],
    ['sh "$[[data]]"', ''],
    ['sh ${own}', ''],
    ['python "$[[program]]" truth/labels.txt', ''],
    ['sh code/job.sh', 'code/job.sh'],
    ['sh job', 'job'],
    ['chmod +x job; ./job', 'job'],
    ['x="$[[data]]"; sh "$$x"', ''],
    ['python -m results.model', 'results/model.py'],
    ['timeout 10 python work/predict.py', 'work/predict.py'],
    ['python results/model.py', 'results/model.py'],
    ['cd work && python score.py', 'work/score.py'],
    ['sh < job', 'job'],
    ['sh < "$[[data]]"', ''],
    ['cat job | sh', ''],
    ['. ./job', 'job'],
    ['sh -c "sh job"', 'job'],
    ['eval "sh job"', 'job'],
    ['x=$$(sh job)', 'job'],
    ['for f in work/*; do python "$$f"; done', ''],
    ['for d in runs/*; do python "$$d/code.py"; done', 'code.py'],
    ['awk -f job truth/labels.txt', 'job'],
    ['papermill "$[[data]]" results/out.ipynb', ''],
    ['java -jar "$[[data]]"', ''],
    ['find . -name x -exec sh job {} ;', 'job'],
    ['sh $[[flag ? code/score.sh : job]]', 'job'],
    ['python -m cProfile results/x.py', 'results/x.py'],
    ['coverage run work/x.py', 'work/x.py'],
    ['spark-submit --py-files work/x.py code/score.py', 'work/x.py'],
    ['go run ./work/x.go', 'work/x.go'],
    ['python -m pytest -q work', 'work'],
    ['make -C work', 'work'],
    ['make -f$[[choice]]/x -Cwork/x', 'work/x'],
    ['ruby -r ./work/x code/score.rb', 'work/x'],
    ['snakemake -c1 --snakefile=work/x', 'work/x'],
    ['node --import ./work/x.mjs code/score.js', 'work/x.mjs'],
    ['gawk -i work/x 1 truth/labels.txt', 'work/x'],
    ['sqlite3 truth/db < work/query.sql', 'work/query.sql'],
    ['cat job | psql truth', ''],
    ['bash --rcfile job -i', 'job'],
    ['git -C work status', 'work'],
    // The labels of a private file that a source includes would be in the program that it becomes.
    ['gcc -O2 -c work/x.c -o /tmp/x.o', 'work/x.c'],
    ['x86_64-linux-gnu-g++-12 -Iwork code/score.cpp', 'work'],
    ['javac -d /tmp/classes work/X.java', 'work/X.java'],
    ['rustc "$[[data]]"', ''],
    ['cmake work', 'work'],
    ['go run ./work results/x.json', 'work'],
    ['pip install -e work', 'work'],
    ['pip install ./work', 'work'],
    ['pytest -c work/pytest.ini code', 'work/pytest.ini'],
    ['pytest --rootdir=work code', 'work'],
    ['mocha --require work/x.js code', 'work/x.js'],
    ['npm --prefix work test', 'work'],
    ['perl -Iwork code/score.pl', 'work'],
    ['gradle -p work build', 'work'],
    ['mvn -f work/pom.xml test', 'work/pom.xml'],
    ['tox -c work/tox.ini', 'work/tox.ini'],
    ['doit -f work/dodo.py', 'work/dodo.py'],
    ['duckdb truth/db -f work/x.sql', 'work/x.sql'],
    ['sphinx-build -c work code out', 'work'],
    ['PYTHONPATH=code:results python code/score.py', 'results'],
    ['export LD_PRELOAD=./work/x.so; code/score.sh', 'work/x.so'],
    ...CONTENT,
  ])('finds the participant’s program in %s', (command, expected) => {
    expect(programOf(command)).toBe(expected);
  });
});
