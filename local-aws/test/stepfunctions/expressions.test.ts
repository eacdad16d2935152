import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../stepfunctions/evaluate.ts';
import { ExpressionError, isExpression, type StatesField } from '../../stepfunctions/expression.ts';
import { checkExpression } from '../../stepfunctions/expression-check.ts';
import type { Json } from '../../stepfunctions/json.ts';

const scope = {
  states: new Set<StatesField>(['input', 'context', 'result']),
  variables: new Set(['p', 'list']),
};

const evaluateText = (text: string, input: Json = {}, variables: { [name: string]: Json } = {}) =>
  evaluate(`{% ${text} %}`, { states: { input }, variables }, 'Output');

const CONTAINERS = {
  Containers: [
    { Name: 'stage', ExitCode: 0 },
    { Name: 'step', ExitCode: 3 },
  ],
};

describe('the supported part of JSONata', () => {
  it.each<[string, Json]>([
    ['$states.input.a + 1', 2],
    ['-$states.input.a', -1],
    ['10 % 4 * 2 - 1 / 2', 3.5],
    ["$states.input.Containers[Name='step'].ExitCode", 3],
    ['$states.input.Containers[1].Name', 'step'],
    ['$states.input.Containers[-1].Name', 'step'],
    ['$states.input.Containers[ExitCode > 0 and Name != "x"].Name[]', ['step']],
    ['$states.input.list[$ >= 2]', [2, 3]],
    ["$states.input.'a b'", 'quoted'],
    ["{'sum': $states.input.a + $p.n, 'list': [1, $p.n, null, true]}", { sum: 3, list: [1, 2, null, true] }],
    ["{'k': $states.input.missing}", {}],
    ["'run ' & $p.n & '?:'", 'run 2?:'],
    ['$exists($states.input.missing) ? 1 : -1', -1],
    ['$states.input.a = 1 and ($p.n < 2 or true)', true],
    ["$substring('abcdef', 1, 3)", 'bcd'],
    ['$string($p)', '{"n":2}'],
    ['( $c := $p.n; $d := $c + 1; [$c, $d] )', [2, 3]],
  ])('accepts and evaluates %s', async (text, expected) => {
    const input = { a: 1, 'a b': 'quoted', list: [1, 2, 3], ...CONTAINERS };

    checkExpression(text, scope);

    expect(await evaluateText(text, input, { p: { n: 2 } })).toEqual(expected);
  });

  it.each([
    '$states',
    '$states.context',
    '$states.context.Execution',
    '$states.context.Task.Token',
    '$states.errorOutput',
    '$states.other',
    '$states[0].input',
    '$',
    '$$',
    '$.a',
    'a.b',
    '$unknown',
    '$p.*',
    '$p.**',
    '$list.%',
    '$p ~> $string',
    '$string',
    '$merge([$p, $p])',
    '$eval("1")',
    '$now()',
    '$random()',
    '$map($list, function($x) { $x })',
    'function($x) { $x }',
    '$string(?)',
    '$list^(a)',
    '$list{a: b}',
    '$list@$v.a',
    '$list#$i',
    '[1..100]',
    '1 in $list',
    '/a/',
    '|$p|{}|',
    '$p ?: 1',
    '$p ?? 1',
    '$p.(a + 1)',
    '($p := 1; $missing)',
    '($states := 1)',
    '($string := 1)',
    '1 +',
    '',
    '"unterminated',
  ])('rejects %s', (text) => {
    expect(() => checkExpression(text, scope)).toThrow(ExpressionError);
  });

  it('rejects nesting deeper than 100 levels, at any depth', () => {
    for (const depth of [101, 2000, 100_000]) {
      expect(() => checkExpression(`${'['.repeat(depth)}${']'.repeat(depth)}`, scope)).toThrow(
        ExpressionError,
      );
    }
  });

  it('is accepted or rejected with an ExpressionError for any text', () => {
    const word = fc.constantFrom(
      '$states',
      '.input',
      '$p',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      ':',
      ';',
      ',',
      "'a'",
      '1',
      ' + ',
      ' = ',
      '?',
      '$exists',
      '&',
      ':=',
      '~>',
      '`',
      '"',
      '/',
      '*',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          checkExpression(words.join(''), scope);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('treats only strings of the form {% … %} as expressions', () => {
    expect(['{%%}', '{% 1 %}', '{%\n1\n%}'].every(isExpression)).toBe(true);
    expect(['{%', '%}', '{%}', ' {% 1 %}', '{% 1 %} ', 'a {% 1 %}', '$states.input'].some(isExpression)).toBe(
      false,
    );
  });

  it('returns any JSON without expressions unchanged', async () => {
    const plain = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        const filled = await evaluate(value, { states: {}, variables: {} }, 'Output');
        expect(JSON.stringify(filled)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('passes any JSON through an expression unchanged', async () => {
    const plain = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        expect(await evaluateText('$p', {}, { p: value })).toEqual(value);
      }),
    );
  });

  it.each([
    ['$states.input.missing', /returned nothing \(undefined\)/],
    ["'a' + 1", /threw an error during evaluation/],
    ["$states.input.a < 'x'", /threw an error during evaluation/],
    ['1 / 0', /JSON cannot hold/],
  ])('fails with States.QueryEvaluationError for %s', async (text, message) => {
    await expect(evaluateText(text, { a: 1 })).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      detail: expect.stringMatching(message),
      location: 'Output',
    });
  });

  it('cannot access the prototypes of values', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      await expect(evaluateText(`$states.input.${name}`)).rejects.toMatchObject({
        error: 'States.QueryEvaluationError',
      });
    }
  });
});
