import { describe, expect, it } from 'vitest';
import { castArguments } from '../../shared/template/arguments.ts';
import { optionsLike } from '../../shared/template/parameter-types/option-index.ts';
import { parseParameters } from '../../shared/template/parameters.ts';

describe('options of a select', () => {
  it('are indexed once, regardless of the number of values', () => {
    let reads = 0;
    const options = Array.from({ length: 1_000 }, (_, i) => ({
      name: `option ${i}`,
      get value() {
        reads += 1;
        return i;
      },
    }));
    for (let i = 0; i < 5_000; i += 1) optionsLike(options, i % 1_000);
    expect(reads).toBeLessThan(10 * options.length);
  });

  it.each([
    [1, [1, 2]],
    [true, [1, 2]],
    ['2', [1, 2]],
    [[1, { a: 2.5 }], [[1, { a: 2.5 }]]],
    [{ b: 1, a: 2 }, [{ a: 2, b: 1 }]],
    ['[1, 2]', [[1, 2]]],
    ['', ['', 'x']],
  ])('accept %j as one of %j', (value, values) => {
    const para = {
      name: 'p',
      dtype: 'select',
      values: values.map((each, i) => ({ name: `${i}`, value: each })),
    };
    const given = castArguments(parseParameters([para]), [{ name: 'p', value }]);
    expect(given.get('p')).toBeDefined();
  });

  it('reject a text that spells no option, or a mapping with another value', () => {
    const cast = (value: unknown, values: unknown[]) =>
      castArguments(
        parseParameters([
          { name: 'p', dtype: 'select', values: values.map((each) => ({ name: 'o', value: each })) },
        ]),
        [{ name: 'p', value }],
      );
    expect(() => cast('3', [1, 2])).toThrow("unknown value '3'");
    expect(() => cast({ a: 2 }, [{ a: 1 }])).toThrow('unknown value');
  });
});
