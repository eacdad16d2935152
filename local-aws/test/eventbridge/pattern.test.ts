import { describe, expect, it } from 'vitest';
import { checkPattern, matchesPattern } from '../../eventbridge/pattern.ts';

const event = {
  source: 'aws.states',
  resources: ['arn:aws:states:x:1:execution:a', 'arn:two'],
  detail: { status: 'FAILED', count: 3, nothing: null, done: false, machine: { name: 'app-local-1' } },
};

describe('an event pattern', () => {
  it.each([
    [{ source: ['aws.states'] }, true],
    [{ source: ['aws.ecs', 'aws.states'] }, true],
    [{ source: ['aws.ecs'] }, false],
    [{ source: [{ prefix: 'aws.' }] }, true],
    [{ source: [{ prefix: 'com.' }] }, false],
    [{ source: ['aws.states'], detail: { status: ['SUCCEEDED'] } }, false],
    [{ detail: { status: ['FAILED'], machine: { name: [{ prefix: 'app-local-' }] } } }, true],
    [{ detail: { count: [3] } }, true],
    [{ detail: { count: ['3'] } }, false],
    [{ detail: { nothing: [null], done: [false] } }, true],
    [{ detail: { missing: [null] } }, false],
    [{ detail: { status: { deeper: ['x'] } } }, false],
    [{ resources: [{ prefix: 'arn:two' }] }, true],
    [{ resources: ['arn:three'] }, false],
    [{ toString: ['x'] }, false],
  ])('%j matches: %s', (pattern, expected) => {
    expect(matchesPattern(checkPattern('rule', pattern), event)).toBe(expected);
  });

  it.each([[{}], [{ source: [] }], [{ source: 'aws.states' }], [{ source: [{ suffix: 'x' }] }], ['text']])(
    '%j is rejected',
    (pattern) => {
      expect(() => checkPattern('rule', pattern)).toThrow(/rule 'rule' is not supported/);
    },
  );
});
