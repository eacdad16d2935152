import { describe, expect, it } from 'vitest';
import { faultKinds, readFaults } from '../../faults/settings.ts';

describe('the settings of faults', () => {
  it('are none by default', () => {
    expect(readFaults(undefined, undefined)).toBeUndefined();
    expect(readFaults('', '7')).toBeUndefined();
  });

  it('are kinds with commas between them, or all of them, with a seed', () => {
    expect(readFaults('index, events', '7')).toEqual({ kinds: new Set(['index', 'events']), seed: 7 });
    expect(readFaults('all', undefined)).toEqual({ kinds: new Set(faultKinds), seed: 1 });
  });

  it('that cannot be used are named', () => {
    expect(() => readFaults('indexes', '7')).toThrow(
      "'indexes' is no kind of fault; choose among index, conflicts, hidden, events or all",
    );
    expect(() => readFaults('all', '1.5')).toThrow("the seed of faults must be a whole number, not '1.5'");
  });
});
