import { createRequire } from 'node:module';
import type aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { languageFault } from '../../stepfunctions/language-fault.ts';

const validate: typeof aslValidator = createRequire(import.meta.url)('asl-validator');

const END = { Type: 'Succeed' };
const machine = (first: object, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'First',
  States: { First: first, End: END, ...more },
});
const definitions = [
  machine({ Type: 'Pass', Next: 'End' }),
  machine({ Type: 'Pass', Next: 'Nowhere' }),
  machine({ Type: 'Pass', Next: 'End' }, { Lost: END }),
  machine({ Type: 'Task', Resource: 'not an ARN', Next: 'End' }),
  machine({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Next: 'End' }),
  machine({ Type: 'Wait', Seconds: 1, Timestamp: 'yesterday', Next: 'End' }),
  machine({ Type: 'Pass', Output: '{% ( %}', Next: 'End' }),
  { StartAt: 'First' },
];

/** What asl-validator says when it compiles its schemas for this definition alone. */
function alone(definition: object): string | undefined {
  const { isValid, errorsText } = validate(structuredClone(definition));
  return isValid ? undefined : errorsText('; ');
}

describe('languageFault', () => {
  it.each([...definitions, ...definitions.toReversed()])(
    'is that of asl-validator, whatever was checked before: %j',
    (definition) => {
      expect(languageFault(definition)).toBe(alone(definition));
    },
  );

  it('accepts some definitions and rejects others', () => {
    const faults = definitions.map(languageFault);
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(2);
    expect(new Set(faults).size).toBeGreaterThan(4);
  });
});
