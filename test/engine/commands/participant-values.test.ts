import { describe, expect, it } from 'vitest';
import type { ValueKind } from '../../../shared/engine/commands/value-kind.ts';
import { expand } from '../expansion.ts';

const KINDS = new Map<string, ValueKind>([
  ['x', 'text'],
  ['file', 'file'],
  ['n', 'number'],
  ['fixed', 'fixed'],
]);
const VALUES = { x: 'value', file: 'data/file.txt', n: '5', fixed: '--fixed text' };

/** Expands a command with values of each kind, and returns the notes for the organiser. */
function notesOf(command: string, values: Readonly<Record<string, string>> = {}): string[] {
  const notes: string[] = [];
  const kindOfReference = (inner: string) => KINDS.get(inner.trim()) ?? 'text';
  const more = { kinds: KINDS, kindOfReference, note: (reason: string) => notes.push(reason) };
  expand(command, { ...VALUES, ...values }, more);
  return notes;
}

const unsafe = (fix: string) =>
  expect.objectContaining({ code: 'command.unsafe', message: expect.stringContaining(fix) });

describe('free text', () => {
  it.each([
    // Command lines of programs that are not shells.
    ['flock -c "echo ${x}" lock', 'without a second shell'],
    ['flock lock -c "echo ${x}"', 'without a second shell'],
    ['su user -c "echo ${x}"', 'pass the value as its argument'],
    ['script -qc "echo ${x}" log', 'pass the value as its argument'],
    ['sg group -c "echo ${x}"', 'pass the value as its argument'],
    ['runuser -u user -c "echo ${x}"', 'without a second shell'],
    ['npx -c "echo ${x}"', 'without a second shell'],
    ['env -S "sh -c" "${x}"', 'without a second shell'],
    ['gdb -ex "run ${x}" program', 'pass the value as its argument'],
    ['vim -c "${x}" file', 'pass the value as its argument'],
    ['pwsh -c "echo ${x}"', '-File'],
    ['deno eval "${x}"', 'into a file'],
    ['python3 -mtimeit "${x}"', 'takes the value as an argument'],
    ['python3 -m timeit -s "${x}" 1', 'takes the value as an argument'],
    ['xargs sh -c "${x}"', "sh -c 'echo"],
    ['echo "${x}" | xargs tar cf a', 'as an argument'],
    ['hyperfine "run ${x}"', 'pass the value as its argument'],
    // Programs that wrappers run.
    ['flock lock sh -c "${x}"', "sh -c 'echo"],
    ['flock lock "${x}"', 'name the program'],
    ['taskset -c 0-3 sh -c "${x}"', "sh -c 'echo"],
    ['strace -o log sh -c "${x}"', "sh -c 'echo"],
    ['strace -Z unlisted sh -c "${x}"', "sh -c 'echo"],
    ['unshare -r "${x}"', 'name the program'],
    ['runuser -u user -- "${x}"', 'name the program'],
    ['numactl -N 0 python -c "${x}"', 'sys.argv'],
    ['gosu user tar cf a "${x}"', '--'],
    ['tini -- "${x}"', 'name the program'],
    ['npx "${x}"', 'name the program'],
    ['uv run python -c "print(${x})"', 'sys.argv'],
    ['conda run -n env "${x}"', 'name the program'],
    ['docker run image tar cf a "${x}"', '--'],
    ['timeout "${x}" ls', 'number or a select list'],
    ['nice -n "${x}" ls', 'number or a select list'],
    // Options that run programs.
    ['tar cf a "${x}"', 'write --'],
    ['tar cf a -- ${x}', 'double quotes'],
    ['tar --to-command="${x}" -xf a', 'number or a select list'],
    ['split --filter="${x}" file', 'number or a select list'],
    ['rsync -a "${x}" to', 'write --'],
    ['git log "${x}"', 'write --'],
    ['zip a.zip "${x}"', 'write --'],
    ['sort "${x}"', 'write --'],
    ['find "${x}" -type f', 'write ./'],
    ['find ${x}', 'double quotes'],
    ['find . -exec tar cf a "${x}" \\;', 'write --'],
    ['ssh "${x}" ls', 'write --'],
    ["awk -f a.awk '${x}'", 'write --'],
    ['sed p "${x}"', 'write --'],
    ['perl -e 1 "${x}"', 'write --'],
    ['mytool --${x}', 'write out the option'],
    ['python -W "${x}" a.py', 'write out the option'],
    // The code itself.
    ['python "${x}"', 'declare the parameter as a file'],
    ['python code/${x}.py', 'declare the parameter as a file'],
    ['. "${x}"', 'declare the parameter as a file'],
    ['bin/${x}', 'name the program'],
    ['PYTHONPATH="${x}" python a.py', 'another name'],
    ['env LD_PRELOAD="${x}" ls', 'another name'],
    ['export PATH="${x}"', 'another name'],
    // Variables of the shell.
    ['V="${x}"; sh -c "$$V"', "sh -c 'echo"],
    ['V=$$(cat "${x}"); tar cf a "$${V}"', 'write --'],
    ['for i in ${x}; do sort "$$i"; done', 'write --'],
    ['set -- "${x}"; eval "$$1"', 'eval'],
    ['python a.py $$(cat "${x}")', 'double quotes around it'],
    ['printf -v "${x}" a', 'write out the name'],
  ])('is rejected with advice on how to fix it in %s', (command, fix) => {
    expect(() => notesOf(command)).toThrow(unsafe(fix));
  });

  it.each([
    ['python code/run.py --inputfile "${file}" --sleeptime ${n} "${x}" ${fixed}'],
    ['./tool --name "${x}"'],
    ['wait ${n}'],
    ['tar cf a -- "${x}"'],
    ['tar xf "${file}" --strip-components ${n}'],
    ['tar cf "${fixed}" "data/${x}"'],
    ['sort -k ${n} -- "${x}"'],
    ['find "./${x}" -exec wc -l {} \\;'],
    ['find data -name "${x}" -newer "${file}"'],
    ['git commit -m "${x}"'],
    ['flock lock python code/run.py "${x}"'],
    ['strace -o log timeout ${n} python code/run.py "${x}"'],
    ['uv run python code/run.py "${x}"'],
    ['npx tool "${x}"'],
    ['docker run image python code/run.py "${x}"'],
    ['python -m pytest -- "${x}"'],
    ['python "${file}" -i "${file}"'],
    ['java -jar "${file}" "${x}"'],
    ['awk -v name="${x}" \'{ print name }\' "${file}"'],
    ['sed s/a/b/ -- "${x}"'],
    ['echo ${x}'],
    ['[ ${n} -gt 3 ] && ls'],
    ['for i in ${x}; do echo "$$i"; done'],
    ['V="${x}"; python code/run.py "$$V"'],
    ['python code/run.py sort "${x}"'],
  ])('is an argument in %s', (command) => {
    expect(notesOf(command)).toEqual([]);
  });

  it('is accepted without quotes as one word, with a note for the organiser', () => {
    const command = 'python code/run.py --greeting ${x}';
    expect(notesOf(command)).toEqual([expect.stringContaining('put double quotes around the reference')]);
    for (const x of ['Hello World', 'Hello --labels=own.txt', '*', '[-]*', 'a\tb']) {
      expect(() => notesOf(command, { x })).toThrow(unsafe("value of 'x' would become several words"));
    }
  });

  it('is rejected if its value is an option of a program', () => {
    for (const command of ['python code/run.py "${x}"', './tool a "${x}"', 'timeout 5 ./tool "${x}"']) {
      expect(() => notesOf(command, { x: '--labels=own.txt' })).toThrow(
        unsafe("value of 'x' would be an option"),
      );
      for (const x of ['-5', '-1e3', '-', '- a list', 'a -b']) expect(notesOf(command, { x })).toEqual([]);
    }
    for (const command of [
      './tool -- "${x}"',
      './tool --name "${x}"',
      './tool --name="${x}"',
      'echo "${x}"',
    ]) {
      expect(notesOf(command, { x: '--labels=own.txt' })).toEqual([]);
    }
  });

  it('has the same rules for the paths of uploads', () => {
    for (const command of ['tar xf "${file}"', 'python "${file}"', 'cat "${file}"', 'flock "${file}" ls']) {
      expect(() => notesOf(command, { file: '--use-compress-program=sh' })).toThrow(
        unsafe("value of 'file'"),
      );
    }
    expect(() => notesOf('cat ${file}', { file: 'a b' })).toThrow(unsafe('several words'));
  });

  it('is found in commands of any length', () => {
    for (const word of [
      'sh ',
      'find -exec ',
      'env A= ',
      'V="${x}"; ',
      'a[',
      '$${V} ',
      'uv run ',
      'xargs -I ',
    ]) {
      const long = `V="\${x}"; ${word.repeat(100_000 / word.length)} $$V "\${x}"`;
      expect(() => notesOf(long)).toThrow(unsafe(''));
    }
  });
});
