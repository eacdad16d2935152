import { describe, expect, it } from 'vitest';
import { commandFaults } from '../../../shared/engine/commands/command-check.ts';
import type { ValueKind } from '../../../shared/engine/commands/value-kind.ts';
import { parseSerialWorkflow } from '../../../shared/engine/serial-workflow.ts';
import { expand as expandCommand } from '../expansion.ts';

const expand = (command: string, values: Record<string, string> = { x: 'value', y: 'value' }) =>
  expandCommand(command, values);

const unsafe = (message?: string) =>
  expect.objectContaining({
    code: 'command.unsafe',
    status: 400,
    message: expect.stringContaining(message ?? "'expansion: text'"),
  });

describe('a reference in code', () => {
  it.each([
    ['sh -c "echo ${x}"', `sh -c 'echo "$$1"' sh "\${name}"`],
    ["bash -ec 'echo ${x}'", 'second interpreter'],
    ["bash -c -e 'echo ${x}'", 'second interpreter'],
    ["/bin/sh -c 'echo ${x}'", 'second interpreter'],
    ["env A=1 timeout 5 nice -n 5 sh -c 'echo ${x}'", 'second interpreter'],
    ["docker run image sh -c 'echo ${x}'", 'second interpreter'],
    ["find . -name 'a' -exec sh -c 'echo ${x}' \\;", 'second interpreter'],
    ['if true; then sh -c "echo ${x}"; fi', 'second interpreter'],
    ['A=$$(sh -c "echo ${x}")', 'second interpreter'],
    ['sh -c "$$(echo ${x})"', 'second interpreter'],
    ['eval "run ${x}"', 'eval'],
    ["trap 'rm ${x}' EXIT", 'trap'],
    ['alias a="${x}"', 'alias'],
    ["python -c 'print(${x})'", 'sys.argv[1]'],
    ['python3.11 -uc "print(${x})"', 'sys.argv[1]'],
    ["python -c'print(${x})'", 'sys.argv[1]'],
    ["perl -ne 'print if /${x}/' file", '$$ARGV[0]'],
    ["perl -M'${x}' -e 1", 'second interpreter'],
    ["ruby -e 'puts ${x}'", 'ARGV'],
    ["node -e 'f(${x})'", 'process.argv'],
    ["node --eval='f(${x})'", 'process.argv'],
    ["php -r 'f(${x});'", 'argv'],
    ["Rscript -e 'f(${x})'", 'into a file'],
    ["awk '/${x}/ { print }' file", 'awk -v'],
    ["awk -F, -v 'a=1' '/${x}/' file", 'awk -v'],
    ["sed 's/a/${x}/' file", 'sed script'],
    ["sed -n -e p -e 's/a/${x}/' file", 'sed script'],
    ["jq '.${x}' file", '--arg'],
    ['sqlite3 db "select ${x}"', 'parameter of the statement'],
    ['psql -c "select ${x}"', 'parameter of the statement'],
    ['ssh host "echo ${x}"', 'other host'],
    ['make TARGET=${x}', 'file'],
    ['python <<EOF\nprint(${x})\nEOF', 'standard input'],
    ['sh <<EOF\necho ${x}\nEOF', 'standard input'],
    ['bash -s a <<EOF\necho ${x}\nEOF', 'standard input'],
    ['echo "print(${x})" | python', 'standard input'],
    ['echo "echo ${x}" | sh -x', 'standard input'],
    ["cat <<'EOF'\n${x}\nEOF", 'delimiter'],
    ['cat <<"EOF"\n${x}\nEOF', 'delimiter'],
    ['cat <<${x}\na\nEOF', 'delimiter'],
    ['args $$((${x} + 1))', 'expr'],
    ['((${x} > 1)) && args', 'expr'],
    ['for ((i = 0; i < ${x}; i++)); do args; done', 'expr'],
    ['let "a = ${x}"', 'let'],
    ['[[ ${x} -eq 1 ]]', '[ … ]'],
    ['a[${x}]=1', 'arithmetic'],
    ['args $$[${x}]', 'arithmetic'],
    ['args "$${A:-${x}}"', 'outside it'],
    ['args \\${x}', 'backslash'],
    ['args "\\${x}"', 'backslash'],
    ['args $$${x}', 'literal $'],
    ["args $$'${x}'", 'printf'],
    ['args "`echo \\"${x}\\"`"', '$$(…)'],
    ['${x} a b', 'name of a program'],
    ['"${x}" a b', 'name of a program'],
    ['A=1 ${x}', 'name of a program'],
    ['args a && ${x}', 'name of a program'],
    ['exec ${x}', 'name of a program'],
    ['nohup "${x}"', 'name of a program'],
    ['timeout 5 "${x}"', 'name of a program'],
    ['timeout ${x} args', 'double quotes'],
    ['[ ${x} = a ]', 'double quotes'],
    ['if test ${x} = a; then args; fi', 'double quotes'],
    ['[ -v "${x}" ]', 'compare'],
    ['[ "${x}" "${y}" ]', 'compare'],
    ['export "${x}"', 'write out the name'],
    ['unset ${x}', 'write out the name'],
    ['printf "${x}"', 'printf'],
    ['find . -exec "${x}" \\;', 'name the program'],
    ['python -W ${x} a.py', 'double quotes'],
    ['python -${x} a.py', 'write out the option'],
    ['args "$$(case a in a) args;; esac)" "${x}"', 'case'],
  ])('is rejected with advice on how to fix it in %s', (command, fix) => {
    expect(() => expand(command)).toThrow(unsafe(fix));
    expect(() => expand(command)).toThrow(unsafe(command.slice(0, 40)));
  });

  it.each([
    ['sh -c \'echo "$$1"\' sh "${x}"'],
    ['bash script.sh ${x}'],
    ['python -c \'import sys; print(sys.argv[1])\' "${x}"'],
    ['python code/run.py --input ${x} -c "${x}"'],
    ['cat ${x} | python code/run.py'],
    ['python code/run.py <<EOF\n${x}\nEOF'],
    ['python - "${x}" <<\'EOF\'\nimport sys\nEOF'],
    ['awk -v name="${x}" \'$$1 == name { print }\' "${y}"'],
    ['awk -F, -f program.awk "${x}"'],
    ['sed -e \'s/a/b/\' "${x}"'],
    ['jq --arg name "${x}" \'.[$$name]\' "${y}"'],
    ['perl -pe \'s/a/b/\' -- "${x}"'],
    ['Rscript code/run.R ${x}'],
    ['echo "${x}" | perl -ne \'print\''],
    ['[ "${x}" = True ] && args'],
    ['test -n "${x}" || exit 1'],
    ['export A="${x}" B=${y}'],
    ['printf \'%s\\n\' "${x}"'],
    ['find "${x}" -name "*.csv" -exec wc -l {} \\;'],
    ['bin/${x} --verbose'],
    ['"${x}/run.sh" a'],
    ['timeout "${x}" python run.py'],
    ['case ${x} in a) args 1;; *) args 2;; esac'],
    ['for i in ${x}; do args "$$i"; done'],
    ['args > "${x}" 2>&1 < ${y}'],
    ['args "$$(dirname "${x}")" `basename ${x}` "`basename ${x}`"'],
    ['(cd "${x}" && args)'],
    ['mkdir -p ${x} && cp -r ${y} ${x}/'],
    ['papermill in.ipynb out.ipynb -p a "${x}" -p c ${y}'],
  ])('is accepted as an argument in %s', (command) => {
    expect(expand(command).text).toContain('${FLOWSERV_ARG_x}');
  });

  it('does not change a command without values', () => {
    const command = `sh -c "eval '$$(a)'" \${python} $$((1 + 1)) <<'EOF'`;
    expect(expand(command).text).toBe(`sh -c "eval '$(a)'" python $((1 + 1)) <<'EOF'`);
  });

  it('rejects a value that an interpreter would read as its option', () => {
    expect(() => expand('python $x $y', { x: '-c', y: 'print(1)' })).toThrow(unsafe("value of 'x'"));
    expect(() => expand('python $x $y', { x: '', y: ' -cprint(1)' })).toThrow(unsafe("value of 'y'"));
    expect(() => expand('sed p "$x"', { x: '-e1eid' })).toThrow(unsafe("value of 'x'"));
    expect(() => expand('perl -e 1 "$x"', { x: '-esystem' })).toThrow(unsafe("value of 'x'"));
    expect(expand('python $x $y', { x: 'a.py', y: '-c' }).variables.size).toBe(2);
    expect(expand('sed p -- "$x"', { x: '-e1eid' }).variables.size).toBe(1);
    expect(expand('python -c "print(1)" "$x"', { x: '-5' }).variables.size).toBe(1);
  });

  it('bounds the nesting of a command', () => {
    expect(() => expand(`args ${'$$('.repeat(5000)}\${x}`)).toThrow(unsafe('nested too deeply'));
    expect(() => expand(`${'nice '.repeat(5000)}\${x}`)).toThrow(unsafe('too many programs'));
  });
});

describe('commandFaults', () => {
  const faultsOf = (commands: string[], more = {}) => {
    const action = { environment: 'image', commands };
    const workflow = parseSerialWorkflow({ parameters: { x: 1 }, steps: [{ name: 's', action, ...more }] });
    const { faults } = commandFaults(workflow, new Map([['y', 'text']]));
    return faults.map(({ path, error }) => [path, error.code]);
  };

  it('returns each command that fails in every run', () => {
    const commands = ['args $x', 'eval $x', 'awk $1', 'sh -c "$y"', 'eval "$[[x]]"'];
    expect(faultsOf(commands)).toEqual([
      ['workflow.steps[0].action.commands[1]', 'command.unsafe'],
      ['workflow.steps[0].action.commands[2]', 'command.placeholder'],
      ['workflow.steps[0].action.commands[4]', 'command.unsafe'],
    ]);
  });

  it('tries both branches of a conditional reference', () => {
    expect(faultsOf(['args $[[y ? a]] $x', 'args $[[y ? a : `$x\\` ]]'])).toEqual([
      ['workflow.steps[0].action.commands[1]', 'command.unsafe'],
    ]);
  });

  it('accepts unquoted references of older templates, with a note', () => {
    const action = { environment: 'image', commands: ['python a.py --greeting ${greeting} --wait ${wait}'] };
    const parameters = { greeting: '$[[greeting]]', wait: '$[[wait]]' };
    const workflow = parseSerialWorkflow({ parameters, steps: [{ name: 's', action }] });
    const kinds = new Map<string, ValueKind>([
      ['greeting', 'text'],
      ['wait', 'number'],
    ]);
    const { faults, notes } = commandFaults(workflow, kinds);
    expect(faults).toEqual([]);
    expect(notes.map(({ path }) => path)).toEqual(['workflow.steps[0].action.commands[0]']);
    expect(notes[0]?.reason).toContain("'greeting' has no quotes");
  });

  it('checks only placeholders with textual expansion', () => {
    expect(faultsOf(['eval $x', 'awk $1'], { expansion: 'text' })).toEqual([
      ['workflow.steps[0].action.commands[1]', 'command.placeholder'],
    ]);
  });
});
