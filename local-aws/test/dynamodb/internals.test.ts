import { describe, expect, it } from 'vitest';
import { PINNED_VERSION, pinViolations } from '../../dynamodb/internals.ts';

describe('the pin on the internals of dynalite', () => {
  it('accepts the installed package', () => {
    expect(PINNED_VERSION).toBe('4.0.0');
    expect(pinViolations()).toEqual([]);
  });

  it('rejects any other version', () => {
    expect(pinViolations('4.0.1')).toEqual(['dynalite is 4.0.1, not 4.0.0']);
  });
});
