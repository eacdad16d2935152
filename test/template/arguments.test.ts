import { describe, expect, it } from 'vitest';
import { castArguments, mentionedFileIds, parseArguments } from '../../shared/template/arguments.ts';
import { isFileArgument } from '../../shared/template/parameter-types/cast-context.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { file } from './casting.ts';
import { faultOf } from './faults.ts';

describe('castArguments', () => {
  const parameters = parseParameters([
    { name: 'A', dtype: 'int' },
    { name: 'B', dtype: 'string', defaultValue: 'x' },
    { name: 'names', dtype: 'file', target: 'data/names.txt', isRequired: false },
  ]);
  const a = { name: 'A', value: 1 };
  const faultFor = (supplied: { name: string; value: unknown }[], lookups = {}) =>
    faultOf(() => castArguments(parameters, supplied, lookups));

  it('F12: requires an argument for every required parameter without default', () => {
    expect([...castArguments(parameters, [a, { name: 'B', value: 'y' }]).keys()]).toEqual(['A', 'B']);
    expect([...castArguments(parameters, [a]).keys()]).toEqual(['A']);
    expect(faultFor([{ name: 'B', value: 'y' }])).toMatchObject({
      status: 400,
      message: "missing argument for 'A'",
    });
  });

  it('checks each argument in order, and missing ones last', () => {
    const unknown = { name: 'X', value: 1 };
    const bad = { name: 'A', value: 'x' };
    const upload = { name: 'names', value: file('none') };
    const lookups = { hasFile: (id: string) => id === 'f1' };

    expect(faultFor([a, a, unknown]).message).toBe("non-unique run argument 'A'");
    expect(faultFor([unknown, bad])).toMatchObject({ status: 400, message: "unknown parameter 'X'" });
    expect(faultFor([upload, bad], lookups)).toMatchObject({ status: 404, message: "unknown file 'none'" });
    expect(faultFor([bad, upload], lookups).code).toBe('argument.invalid');
    expect(faultFor([upload], lookups).status).toBe(404);
    expect(faultFor([], lookups).code).toBe('argument.missing');
  });

  it('treats a file without identifier, as forms send it, as not given', () => {
    const declared = parseParameters([
      { name: 'needed', dtype: 'file', target: 'a' },
      { name: 'other', dtype: 'file', defaultValue: 'b' },
    ]);
    const none = (name: string) => ({ name, value: file('') });

    expect(castArguments(declared, [{ name: 'needed', value: file('f1') }, none('other')]).has('other')).toBe(
      false,
    );
    expect(faultOf(() => castArguments(declared, [none('needed')])).message).toBe(
      "missing argument for 'needed'",
    );
    expect(faultOf(() => castArguments(declared, [none('needed'), none('needed')])).code).toBe(
      'argument.duplicate',
    );
  });

  it('lists the uploads that a run needs', () => {
    const supplied = parseArguments([a, { name: 'names', value: file('f1') }]);

    expect([...mentionedFileIds(supplied)]).toEqual(['f1']);
    expect(castArguments(parameters, supplied).get('names')?.files).toEqual([
      { fileId: 'f1', targetPath: 'data/names.txt', declared: true },
    ]);
  });

  it('J8: reads id as an older spelling of name', () => {
    expect(parseArguments([{ id: 'A', value: null }])).toEqual([{ name: 'A', value: null }]);
    expect(parseArguments(undefined)).toEqual([]);
  });

  it.each([
    [{}],
    ['x'],
    [[5]],
    [[{ name: 'A' }]],
    [[{ value: 1 }]],
    [[{ name: 5, value: 1 }]],
    [[{ ...a, as: 'x' }]],
  ])('J9: rejects the argument list %o', (list) => {
    expect(faultOf(() => parseArguments(list)).status).toBe(400);
  });

  it('J10: recognises a file argument by its form', () => {
    expect(isFileArgument({ type: '$file', value: { fileId: 'f1' } })).toBe(true);
    expect(isFileArgument({ id: 'f1' })).toBe(false);
    expect(isFileArgument({ dtype: '$record', value: [] })).toBe(false);
  });

  it('does not treat inherited names of objects as parameters', () => {
    expect(faultFor([{ name: '__proto__', value: 1 }]).message).toBe("unknown parameter '__proto__'");
    expect(faultFor([{ name: 'constructor', value: 1 }]).code).toBe('argument.unknown');
  });
});
