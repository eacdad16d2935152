import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowservError } from '../../../shared/errors.ts';
import { expand } from '../expansion.ts';

describe('expandCommand', () => {
  it('I9: pastes text forms if the step uses textual expansion', () => {
    const values = { b: 'True', f: '10.0', n: 'None' };
    expect(expand('${b} ${f} ${n}', values, { expansion: 'text' })).toEqual({
      text: 'True 10.0 None',
      variables: new Map(),
    });
  });

  it('I10: replaces a doubled dollar by one, and removes the dollar of a name without a value', () => {
    expect(expand('  $$HOME $HOME\n', {}).text).toBe('$HOME HOME');
  });

  it('I11: rejects a dollar that is not a placeholder and names the command', () => {
    const fault = expect(() => expand("awk '{print $1}'", {}));
    fault.toThrow(expect.objectContaining({ code: 'command.placeholder', status: 400 }));
    expect(() => expand("awk '{print $1}'", {})).toThrow("awk '{print $1}'");
  });

  it.each(['$', 'a $(b)', '${', '${1}', '${a-b}', '$[[a', '$é', '${é}'])(
    'rejects the placeholder in %s',
    (text) => {
      expect(() => expand(text, {})).toThrow(expect.objectContaining({ code: 'command.placeholder' }));
    },
  );

  it('expands a variable that is followed by other text', () => {
    expect(expand('args $x.py $y.py', { x: 'a' }).text).toBe('args ${FLOWSERV_ARG_x}.py y.py');
  });

  it('inserts the branch of a conditional reference into the text, with its quotes and placeholders', () => {
    const textOfReference = () => `--name 'a b' "\${x}"`;
    const command = expand('args $[[flag ? …]]', { x: '1' }, { textOfReference });
    expect(command.text).toBe(`args --name 'a b' "\${FLOWSERV_ARG_x}"`);
  });

  it('uses a separate variable for a reference if the workflow has another value with that name', () => {
    const textOfReference = (inner: string) => `value of ${inner}`;
    const { text, variables } = expand('args "$[[x]]" "$[[max-len]]" "$x"', { x: '1' }, { textOfReference });
    const names = [...variables.keys()];
    expect(new Set(names).size).toBe(3);
    expect([...variables.values()]).toEqual(['value of x', 'value of max-len', '1']);
    expect(names.every((name) => /^FLOWSERV_ARG_[A-Za-z_]\w*$/.test(name) && text.includes(name))).toBe(true);
  });

  it('replaces references before placeholders in textual expansion', () => {
    const textOfReference = () => 'run --in ${x} $y';
    expect(expand('$[[command]]', { x: 'a b' }, { textOfReference, expansion: 'text' }).text).toBe(
      'run --in a b y',
    );
  });

  it('neither loses nor adds characters of any command', () => {
    const part = fc.constantFrom(
      ...[
        '"',
        "'",
        '\\',
        '`',
        '$$',
        '$$(',
        '$$((',
        '$${',
        '}',
        ')',
        '(',
        ';',
        '|',
        '&',
        '\n',
        ' ',
        '#',
        '<',
        '>',
      ],
      ...['<<E', '<<-"E"', '\nE\n', 'case', 'a', '=', '${x}', '$[[x]]', 'sh', '-c', '[', '-'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const command = parts.join('');
        const plain = expand(command, { x: '\uE100' }, { expansion: 'text' }).text;
        try {
          const { text } = expand(command, { x: '\uE100' });
          const back = text
            .replace(/'"(\$\{FLOWSERV_ARG_x\})"'/g, '$1')
            .replaceAll('${FLOWSERV_ARG_x}', '\uE100');
          // The command itself may also contain a quote, a reference and a quote.
          expect(back).toBe(plain.replace(/'"\uE100"'/g, '\uE100'));
        } catch (error) {
          expect(error).toBeInstanceOf(FlowservError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
