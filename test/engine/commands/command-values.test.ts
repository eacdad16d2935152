import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExpandedCommand } from '../../../shared/engine/commands/commands.ts';
import { expand } from '../expansion.ts';
import { callsOf, SHELLS } from './shell-arguments.ts';

const callsIn = (shell: string, command: ExpandedCommand) => callsOf(shell, [command])[0];

describe.each(SHELLS)('expandCommand, run by %s', (shell) => {
  it('I7: keeps names without a value, and passes variables as arguments', () => {
    const command = expand('${python} $run $me', { run: 'my_model.py', me: '1' });
    expect(callsIn(shell, command)).toEqual([['python', 'my_model.py', '1']]);
  });

  it('I8: a fixed variable of the worker overrides an argument', () => {
    const fixed = new Map([['run', 'static.py']]);
    const command = expand('${python} $run $me', { run: 'my_model.py', me: '1' }, { fixed });
    expect(callsIn(shell, command)).toEqual([['python', 'static.py', '1']]);
    expect([...command.variables.keys()]).toEqual(['FLOWSERV_ARG_me']);
  });

  it('I9: passes text forms of values unchanged', () => {
    const command = expand('args ${b} ${f} ${n}', { b: 'True', f: '10.0', n: 'None' });
    expect(callsIn(shell, command)).toEqual([['args', 'True', '10.0', 'None']]);
  });

  it('splits an unquoted value into words and drops an empty one', () => {
    const command = expand('args ${x} ${empty} "${empty}"', { x: ' a  b\tc\nd ', empty: '' });
    expect(callsIn(shell, command)).toEqual([['args', 'a', 'b', 'c', 'd', '']]);
  });

  it('passes a value at every position of a word', () => {
    const text = [
      `args "a'\${x}'b" 'c"\${x}"d' e\\"f"\${x}"'g' h="\${x}"`,
      'args "$$(printf %s "${x}"; printf .)" `printf %s "${x}"`',
      'V=${x}; args "$$V" "$${V}" "$${#V}"',
      `args 1 # it's a comment with \${x}`,
      'args "$$(cat <<EOF',
      `it's [\${x}] "\${x}" \\$$x`,
      'EOF',
      ')"',
    ].join('\n');
    const x = `p "q" $(touch r) \`touch s\` \\ 't'`;
    expect(callsIn(shell, expand(text, { x }))).toEqual([
      ['args', `a'${x}'b`, `c"${x}"d`, `e"f${x}g`, `h=${x}`],
      ['args', `${x}.`, ...x.split(' ')],
      ['args', x, x, String(x.length)],
      ['args', '1'],
      ['args', `it's [${x}] "${x}" $x`],
    ]);
  });

  it('tracks quotes through nested substitutions, comments and case branches', () => {
    const text = [
      'case "${x}" in',
      `  a) args "it's a" ;; # don't stop`,
      `  *) args "$$(args "in 'quotes' \${x}" | tr '\\000' ')')" '\${x}' ;;`,
      'esac',
      "args <<'EOF' \"$$((1 + 2))\" '${x}'",
      `an 'odd " text $$(`,
      'EOF',
      'args $${x:-\'}\'}"${x}"',
    ].join('\n');
    const [first, second, third] = callsIn(shell, expand(text, { x: 'b;c' })) ?? [];
    expect(first?.[1]).toContain("in 'quotes' b;c)");
    expect(first?.[2]).toBe('b;c');
    expect(second).toEqual(['args', '3', 'b;c']);
    expect(third).toEqual(['args', '}b;c']);
  });

  it('expands wildcards in an unquoted value as in a pasted one, and never in a quoted one', () => {
    const command = expand(`touch a1 a2; args \${x} "\${x}" '\${x}'; rm a1 a2`, { x: 'a*' });
    expect(callsIn(shell, command)).toEqual([['args', 'a1', 'a2', 'a*', 'a*']]);
  });

  const nasty = fc.constantFrom(
    ...[
      '"',
      "'",
      '\\',
      '`',
      '$',
      '$(touch injected)',
      '`touch injected`',
      '; touch injected;',
      '\n',
      '\t',
      ' ',
    ],
    ...[
      '*',
      '?',
      '[a-z]',
      '~',
      '{a,b}',
      '#',
      '!',
      '&',
      '|',
      '<',
      '>',
      '(',
      ')',
      '-n',
      '--',
      '%s',
      '\\0',
      '=',
      '',
    ],
    ...[
      '${x}',
      '$x',
      '$$',
      '$[[x]]',
      'EOF',
      '\r',
      '\u00e9',
      '\u{1f600}',
      '\u2028',
      '\ufeff',
      '\u0007',
      '\\"',
    ],
  );
  const printable = fc.string({ unit: 'grapheme', maxLength: 12 });
  const value = fc
    .array(fc.oneof({ weight: 3, arbitrary: nasty }, printable), { maxLength: 6 })
    .map((parts) => parts.join('').replaceAll('\0', '').replaceAll('\u0001', ''));

  it('delivers every value unchanged wherever the reference is quoted', () => {
    const positions: [string, (x: string) => string[]][] = [
      ['args "${x}"', (x) => [x]],
      ["args '${x}'", (x) => [x]],
      [`args a"\${x}"b 'c\${x}d'`, (x) => [`a${x}b`, `c${x}d`]],
      ['args --name="$x" "$[[x]]"', (x) => [`--name=${x}`, x]],
      ['args "$$(printf "%s." "${x}")"', (x) => [`${x}.`]],
      ['args "`printf %s. ${q}`"', () => ['q.']],
      ['V=${x} && args "$$V"', (x) => [x]],
      ['args "$$(cat <<-EOF\n[${x}]\nEOF\n)"', (x) => [`[${x}]`]],
    ];
    const run = (values: readonly string[]) => {
      const cases = values.flatMap((x) => positions.map(([text, expected]) => ({ x, text, expected })));
      const calls = callsOf(
        shell,
        cases.map(({ text, x }) => expand(text, { x, q: 'q' })),
      );
      expect(calls).toEqual(cases.map(({ x, expected }) => [['args', ...expected(x)]]));
    };
    fc.assert(fc.property(fc.array(value, { minLength: 100, maxLength: 150 }), run), { numRuns: 5 });
  });

  it('splits every unquoted value only at blanks and runs no part of it', () => {
    const plain = value.map((text) => text.replace(/[*?[]/g, ''));
    const run = (values: readonly string[]) => {
      const calls = callsOf(
        shell,
        values.map((x) => expand('args ${x} end', { x })),
      );
      const words = (x: string) => x.split(/[ \t\n]+/).filter((word) => word !== '');
      expect(calls).toEqual(values.map((x) => [['args', ...words(x), 'end']]));
    };
    fc.assert(fc.property(fc.array(plain, { minLength: 100, maxLength: 150 }), run), { numRuns: 10 });
  });

  it('delivers values in words with any mix of quotes', () => {
    const literal = fc.stringMatching(/^[a-z"; #]{0,4}$/);
    const piece = fc.oneof(
      fc.stringMatching(/^[a-z]{1,3}$/).map((text) => ({ text, means: () => text })),
      literal.map((text) => ({ text: `'${text}'`, means: () => text })),
      fc
        .tuple(literal, literal)
        .map(([a, b]) => ({ text: `'${a}\${x}${b}'`, means: (x: string) => a + x + b })),
      fc.constantFrom("'", '(', ' ', ';', '').map((a) => ({
        text: `"${a}\${x}\\"$[[x]]${a}"`,
        means: (x: string) => `${a}${x}"${x}${a}`,
      })),
      fc.constantFrom('"', "'", '`', '$$', ' ', ')').map((a) => ({
        text: `\\${a}`,
        means: () => a.slice(0, 1),
      })),
    );
    const word = fc.array(piece, { minLength: 1, maxLength: 6 });
    const run = (words: { text: string; means: (x: string) => string }[][], x: string) => {
      const text = words.map((parts) => parts.map((part) => part.text).join(''));
      const expected = words.map((parts) => parts.map((part) => part.means(x)).join(''));
      expect(callsIn(shell, expand(`args ${text.join(' ')} end`, { x }))).toEqual([
        ['args', ...expected, 'end'],
      ]);
    };
    fc.assert(fc.property(fc.array(word, { minLength: 5, maxLength: 20 }), value, run), { numRuns: 60 });
  });
});
