import { describe, expect, it } from 'vitest';
import { faultKinds, parseFaults } from '../../faults/settings.ts';

describe('the settings of fault injection', () => {
  it('enable no faults by default', () => {
    expect(parseFaults(undefined, undefined)).toBeUndefined();
    expect(parseFaults('', '7')).toBeUndefined();
  });

  it('contain comma-separated kinds, or all kinds, and a seed', () => {
    expect(parseFaults('index, events', '7')).toEqual({ kinds: new Set(['index', 'events']), seed: 7 });
    expect(parseFaults('all', undefined)).toEqual({ kinds: new Set(faultKinds), seed: 1 });
  });

  it('are rejected with a message when they are not valid', () => {
    expect(() => parseFaults('indexes', '7')).toThrow(
      "'indexes' is not a kind of fault; choose from index, conflicts, hidden, events, spot or all",
    );
    expect(() => parseFaults('all', '1.5')).toThrow("the seed of faults must be a whole number, not '1.5'");
  });
});
