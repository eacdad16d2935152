import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { argumentSchema } from '../../shared/template/argument-schema.ts';
import { castArguments } from '../../shared/template/arguments.ts';
import { displayOrder } from '../../shared/template/parameter.ts';
import { MAX_PARAMETERS, parameterViews, parseParameters } from '../../shared/template/parameters.ts';
import { faultOf } from './faults.ts';

const one = (declaration: object) => parseParameters([declaration])[0];
const faultWith = (declaration: object) => faultOf(() => one({ name: 'p', dtype: 'string', ...declaration }));

describe('parseParameters', () => {
  it('F3: rejects an unknown element and reports its location', () => {
    const fault = faultWith({ color: 'red' });

    expect(fault.code).toBe('template.invalid');
    expect(fault.message).toContain("parameters[0]: unknown element 'color'");
    expect(faultWith({ target: 'x' }).message).toContain("unknown element 'target'");
    expect(faultWith({ parent: 'q' }).message).toContain("unknown element 'parent'");
  });

  it('F5: rejects duplicate names', () => {
    const list = [
      { name: 'a', dtype: 'int' },
      { name: 'a', dtype: 'bool' },
    ];

    expect(faultOf(() => parseParameters(list)).message).toContain("parameters[1]: duplicate parameter 'a'");
  });

  it('F6: rejects an unknown and a missing type', () => {
    expect(faultWith({ dtype: 'unknown' }).message).toContain("parameters[0].dtype: unknown type 'unknown'");
    expect(faultOf(() => one({ name: 'p' })).message).toContain("missing element 'dtype'");
  });

  it('F7: orders forms by index, then by declaration, and API responses by declaration', () => {
    const list = parseParameters([
      { name: 'a', dtype: 'int', index: 1 },
      { name: 'b', dtype: 'int', index: 0 },
      { name: 'c', dtype: 'int', index: 1 },
    ]);

    expect(displayOrder(list).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
    expect(parameterViews(list)).toMatchObject([
      { name: 'a', index: 1 },
      { name: 'b', index: 0 },
      { name: 'c', index: 1 },
    ]);
    expect(Object.keys(Object(argumentSchema(list, 'form').properties))).toEqual(['b', 'a', 'c']);
  });

  it('F8: is required exactly if there is no defaultValue, unless isRequired is set', () => {
    const flags = [{}, { defaultValue: 1 }, { defaultValue: null }, { defaultValue: 1, isRequired: true }];

    expect(flags.map((fields) => one({ name: 'p', dtype: 'int', ...fields })?.isRequired)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('fills in the index from the position', () => {
    const list = parseParameters([
      { name: 'a', dtype: 'int' },
      { name: 'b', dtype: 'int', index: 7 },
      { name: 'c', dtype: 'int' },
    ]);

    expect(list.map(({ index }) => index)).toEqual([0, 7, 2]);
  });

  it('F17: reads the older spelling of declarations', () => {
    const old = {
      id: 'p',
      name: 'Label',
      datatype: 'decimal',
      defaultValue: 1,
      description: 'h',
      module: 'm',
      required: true,
    };

    expect(one(old)).toEqual({
      name: 'p',
      label: 'Label',
      dtype: 'float',
      index: 0,
      isRequired: true,
      defaultValue: 1,
      help: 'h',
      group: 'm',
    });
    expect(one({ id: 'p' })).toEqual({ name: 'p', dtype: 'string', index: 0, isRequired: true });
  });

  it('F18: reads older enumerations', () => {
    const values = [{ name: 'One', value: 1, isDefault: true }];

    expect(one({ id: 'p', dtype: 'enum', values })).toMatchObject({ dtype: 'select', values });
    expect(one({ id: 'p', datatype: 'string', values })).toMatchObject({ dtype: 'select', values });
    expect(one({ id: 'p', values })).toMatchObject({ dtype: 'select', values });
    expect(one({ name: 'p', type: 'select', values })).toMatchObject({ dtype: 'select', values });
    expect(faultWith({ dtype: 'int', values }).message).toContain("unknown element 'values'");
  });

  it('F19: reads the older file target', () => {
    expect(one({ id: 'p', dtype: 'file', as: 'data/x' })).toMatchObject({ target: 'data/x' });
    expect(one({ id: 'p', dtype: 'file', as: '$input' })).toMatchObject({ target: null });
    expect(one({ name: 'p', dtype: 'file', target: '$input' })).toMatchObject({ target: null });
    expect(one({ name: 'p', dtype: 'file' })).toMatchObject({ target: null });
  });

  it('reads the mixed spelling of the documentation', () => {
    const text =
      "name: 'imageType'\nlabel: 'Image Type'\ndescription: 'd'\ntype: 'select'\nvalues:\n  - {name: A, value: a}\nisRequired: yes\n";

    expect(parseParameters([parseYaml(text)])).toMatchObject([
      { name: 'imageType', label: 'Image Type', help: 'd', dtype: 'select', isRequired: true },
    ]);
  });

  it('G11: rejects a declaration with an invalid range', () => {
    for (const range of ['', '[,e,]', '4,8]', '[4,5', '[a,b]', '[5.6,2.7]', 5]) {
      expect(faultWith({ dtype: 'int', range }).message).toContain('parameters[0].range: ');
    }
  });

  it('G23: rejects duplicate fields, and fields without a name', () => {
    const field = { name: 'f', dtype: 'int', index: 0, isRequired: true };
    const record = (fields: object[]) => faultWith({ dtype: 'record', fields }).message;

    expect(record([field, field])).toContain("parameters[0].fields[1]: duplicate field 'f'");
    expect(record([{ dtype: 'int', index: 0, isRequired: true }])).toContain("missing element 'name'");
    expect(faultWith({ dtype: 'record' }).message).toContain("missing element 'fields'");
  });

  it('fills in index and isRequired of declarations inside a declaration (report 10)', () => {
    const list = one({ name: 'a', dtype: 'list', para: { name: 'e', dtype: 'int' } });
    const fields = [
      { name: 'x', dtype: 'int' },
      { name: 'y', dtype: 'int', defaultValue: 1 },
    ];
    const record = one({ name: 'r', dtype: 'record', fields });

    expect(list).toMatchObject({ para: { name: 'e', index: 0, isRequired: true } });
    expect(record).toMatchObject({
      fields: [
        { name: 'x', index: 0, isRequired: true },
        { name: 'y', index: 1, isRequired: false },
      ],
    });
  });

  it('uses the option marked as default as the default value (report 9)', () => {
    const values = [
      { name: 'One', value: 1 },
      { name: 'Two', value: 2, isDefault: true },
    ];
    const select = (more: object) => one({ name: 'p', dtype: 'select', values, ...more });

    expect(select({})).toMatchObject({ defaultValue: 2, isRequired: false });
    expect(select({ isRequired: true })).toMatchObject({ defaultValue: 2, isRequired: true });
    expect(select({ defaultValue: 1 })).toMatchObject({ defaultValue: 1 });
    expect(
      castArguments(
        [select({})].flatMap((p) => p ?? []),
        [],
      ),
    ).toEqual(new Map());
  });

  it('G24: rejects a list without the declaration of its elements, and other types for it', () => {
    expect(faultWith({ dtype: 'list' }).message).toContain("missing element 'para'");
    expect(faultWith({ dtype: 'list', para: 'int' }).message).toContain(
      'parameters[0].para: must be a mapping',
    );
    expect(
      faultWith({ dtype: 'list', para: { name: 'x', dtype: 'nope', index: 0, isRequired: true } }).message,
    ).toContain('parameters[0].para.dtype');
  });

  it.each([
    [{ name: '' }, 'parameters[0].name'],
    [{ name: 5 }, 'parameters[0].name'],
    [{ index: 'first' }, 'parameters[0].index'],
    [{ isRequired: 'maybe' }, 'parameters[0].isRequired'],
    [{ label: [] }, 'parameters[0].label'],
    [{ dtype: 'select', values: 'a' }, 'parameters[0].values'],
    [{ dtype: 'select' }, "missing element 'values'"],
    [{ dtype: 'select', values: [{ name: 'A' }] }, "parameters[0].values[0]: missing element 'value'"],
    [{ dtype: 'select', values: [{ value: 1, name: 'A', x: 1 }] }, "unknown element 'x'"],
    [{ dtype: 'file', target: '../x' }, 'parameters[0].target'],
    [{ dtype: 'file', target: '/x' }, 'parameters[0].target'],
    [{ dtype: 'file', defaultValue: '/etc/passwd' }, 'parameters[0].defaultValue'],
  ])('rejects %o', (fields, expected) => {
    expect(faultWith(fields).message).toContain(expected);
  });

  it('accepts numbers for displayed texts', () => {
    expect(one({ name: 'p', dtype: 'int', label: 2020, help: true })).toMatchObject({
      label: '2020',
      help: 'True',
    });
  });

  it('limits the number of parameters', () => {
    const list = (length: number) => Array.from({ length }, (_, i) => ({ name: `p${i}`, dtype: 'int' }));

    expect(parseParameters(list(MAX_PARAMETERS))).toHaveLength(MAX_PARAMETERS);
    expect(faultOf(() => parseParameters(list(MAX_PARAMETERS + 1))).message).toContain('more than');
    expect(parseParameters(null)).toEqual([]);
  });
});

describe('parameterViews', () => {
  it('serves the canonical spelling', () => {
    const text = `
- {id: a, name: A, datatype: decimal, range: '[0, 10)', defaultValue: 10.0}
- {name: f, dtype: file}
- {name: s, dtype: select, values: [{name: One, value: 1.0}]}
- name: l
  dtype: list
  para: {name: r, dtype: record, index: 0, isRequired: true, fields: [{name: x, type: decimal, index: 0, isRequired: no}]}
- {name: n, dtype: float, defaultValue: .inf}
`;

    expect(JSON.parse(JSON.stringify(parameterViews(parseParameters(parseYaml(text)))))).toEqual([
      {
        name: 'a',
        label: 'A',
        dtype: 'float',
        index: 0,
        isRequired: false,
        defaultValue: 10,
        range: '[0.0,10.0)',
      },
      { name: 'f', dtype: 'file', index: 1, isRequired: true, target: null },
      { name: 's', dtype: 'select', index: 2, isRequired: true, values: [{ name: 'One', value: 1 }] },
      {
        name: 'l',
        dtype: 'list',
        index: 3,
        isRequired: true,
        para: {
          name: 'r',
          dtype: 'record',
          index: 0,
          isRequired: true,
          fields: [{ name: 'x', dtype: 'float', index: 0, isRequired: false }],
        },
      },
      { name: 'n', dtype: 'float', index: 4, isRequired: false, defaultValue: 'inf' },
    ]);
  });
});
