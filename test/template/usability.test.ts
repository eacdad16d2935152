import { describe, expect, it } from 'vitest';
import type { Problem } from '../../shared/documents/problem.ts';
import { parseManifest } from '../../shared/template/manifest.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { deserializeTemplate, parseTemplate, serializeTemplate } from '../../shared/template/template.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';

const step = { name: 's', action: { environment: 'i', commands: ['true'] } };
const templateOf = (...declarations: object[]) => ({
  workflow: { steps: [step] },
  parameters: declarations.map((declaration, i) => ({ name: `p${i}`, ...declaration })),
});
const textsOf = (problems: readonly Problem[]) => problems.map(({ path, message }) => `${path}: ${message}`);

/** Returns the problems of one declaration. */
const problemsOf = (declaration: object) => textsOf(checkTemplate(templateOf(declaration)).problems);

const options = (...values: unknown[]) => values.map((value) => ({ name: `n${value}`, value }));

describe('checking a new declaration (report 11)', () => {
  it.each([
    [{ dtype: 'int', defaultValue: 'abc' }, "no int 'abc'"],
    [{ dtype: 'int', defaultValue: 3.7 }, "no int '3.7'"],
    [{ dtype: 'int', defaultValue: '1e3' }, "no int '1e3'"],
    [{ dtype: 'int', range: '[0,10]', defaultValue: 11 }, '11 not in [0.0,10.0]'],
    [{ dtype: 'float', range: '[0,1)', defaultValue: '1' }, '1.0 not in [0.0,1.0)'],
    [{ dtype: 'bool', defaultValue: 'maybe' }, "not a Boolean 'maybe'"],
    [{ dtype: 'select', values: options(1, 2), defaultValue: 3 }, "unknown value '3'"],
    [{ dtype: 'string', defaultValue: 'a\0b' }, 'NUL'],
    [{ dtype: 'list', para: { name: 'e', dtype: 'int' }, defaultValue: [1, 2.5] }, "no int '2.5'"],
    [{ dtype: 'record', fields: [{ name: 'e', dtype: 'int' }], defaultValue: {} }, "missing field 'e'"],
    [{ dtype: 'actor', defaultValue: { image: 'i' } }, 'commands must be a list'],
  ])('reports one problem if it rejects its own default value: %o', (declaration, expected) => {
    expect(problemsOf(declaration)).toEqual([
      expect.stringMatching(
        /^parameters\[0\]\.defaultValue: invalid default value for 'p0.*; use a valid value/,
      ),
    ]);
    expect(problemsOf(declaration)[0]).toContain(expected);
  });

  it('reports a rejected default value inside another declaration', () => {
    const para = { name: 'e', dtype: 'int', defaultValue: 'x' };
    const [problem, ...others] = problemsOf({ dtype: 'list', para });

    expect(problem).toMatch(/^parameters\[0\]\.para\.defaultValue: .*no int 'x'/);
    expect(others).toEqual([]);
    expect(problemsOf({ dtype: 'record', fields: [{ name: 'l', dtype: 'list', para }] })[0]).toMatch(
      /^parameters\[0\]\.fields\[0\]\.para\.defaultValue: /,
    );
  });

  it.each([
    [{ dtype: 'select', values: [] }, 'parameters[0].values: must contain at least one option'],
    [
      { dtype: 'select', values: [], defaultValue: 1 },
      'parameters[0].values: must contain at least one option',
    ],
    [
      { dtype: 'float', range: '(1,1)' },
      "parameters[0].range: no float is in the range '(1.0,1.0)'; widen it",
    ],
    [{ dtype: 'int', range: '(0,1)' }, "parameters[0].range: no int is in the range '(0.0,1.0)'; widen it"],
  ])('reports one problem if it accepts no value: %o', (declaration, expected) => {
    expect(problemsOf(declaration)).toEqual([expected]);
  });

  it.each([
    [{ dtype: 'int', defaultValue: 'inf' }],
    [{ dtype: 'int', defaultValue: 10 }],
    [{ dtype: 'int', range: '[1,1]', defaultValue: 1 }],
    [{ dtype: 'int', range: '(,-3)' }],
    [{ dtype: 'float', range: '[0.2,0.3]' }],
    [{ dtype: 'bool', defaultValue: 't' }],
    [{ dtype: 'string', defaultValue: 5 }],
    [{ dtype: 'file', defaultValue: 'a/b' }],
    [{ dtype: 'actor', defaultValue: ['container', { image: 'i', commands: ['c'] }] }],
    [{ dtype: 'record', fields: [{ name: 'e', dtype: 'int' }], defaultValue: [{ name: 'e', value: '1' }] }],
  ])('reports no problem of %o', (declaration) => {
    expect(problemsOf(declaration)).toEqual([]);
  });

  it('does not apply to declarations that an earlier release stored', () => {
    const declarations = [
      { dtype: 'int', defaultValue: 'abc' },
      { dtype: 'select', values: [] },
    ];
    const stored = serializeTemplate({
      workflow: { steps: [] },
      parameters: parseParameters(templateOf(...declarations).parameters),
    });

    expect(deserializeTemplate(stored).parameters).toMatchObject(declarations);
    expect(() => parseTemplate(JSON.parse(stored))).toThrow("no int 'abc'");
  });
});

it('reports columns without name and label as incomplete, not as duplicates', () => {
  const results = { file: 'r.json', schema: [{ dtype: 'int' }, { dtype: 'int' }] };

  expect(textsOf(checkTemplate({ ...templateOf(), results }).problems)).toEqual([
    "results.schema[0]: missing element 'name'",
    "results.schema[0]: missing element 'label'",
    "results.schema[1]: missing element 'name'",
    "results.schema[1]: missing element 'label'",
  ]);
});

it('reports that a section of a template in a manifest belongs in the template (report 12)', () => {
  expect(() => parseManifest({ name: 'x', postporc: {} })).toThrow(
    "unknown element 'postporc'; 'postproc' belongs in the template, which specfile names",
  );
});
