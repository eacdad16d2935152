import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIdentifier, checkWorkflowName, uniqueName } from '../../shared/template/names.ts';
import { faultOf } from './faults.ts';

describe('names', () => {
  it('C9: accepts names of 1 to 512 characters', () => {
    expect(faultOf(() => checkWorkflowName('   ')).status).toBe(400);
    expect(checkWorkflowName('x'.repeat(512))).toHaveLength(512);
    expect(faultOf(() => checkWorkflowName('x'.repeat(513))).status).toBe(400);
    expect(checkWorkflowName('😀'.repeat(512))).toHaveLength(1024);
  });

  it('C11: uses the smallest free number', () => {
    const taken = new Set(['Workflow', 'Workflow (2)']);
    const first = uniqueName('Workflow', taken);
    const second = uniqueName('Workflow', new Set([...taken, first]));

    expect([first, second]).toEqual(['Workflow (1)', 'Workflow (3)']);
    expect(uniqueName('Other', taken)).toBe('Other');
  });

  it('checks the length again with the number', () => {
    const name = 'x'.repeat(510);

    expect(faultOf(() => uniqueName(name, new Set([name]))).code).toBe('name.invalid');
  });

  it('never returns a taken name', () => {
    const names = fc.constantFrom('A', 'A (1)', 'A (2)', 'A (3)', 'B');

    fc.assert(
      fc.property(names, fc.uniqueArray(names), (name, list) => {
        expect(list).not.toContain(uniqueName(name, new Set(list)));
      }),
    );
  });

  it('C15: accepts identifiers of 1 to 32 letters, digits and underscores', () => {
    expect(checkIdentifier(null)).toBeNull();
    expect(['12345', 'a'.repeat(32), 'abc_DEF'].map(checkIdentifier)).toEqual([
      '12345',
      'a'.repeat(32),
      'abc_DEF',
    ]);
    for (const identifier of ['', 'a'.repeat(33), '-', '.', '#', 'a\n', 5]) {
      expect(faultOf(() => checkIdentifier(identifier)).code).toBe('identifier.invalid');
    }
  });

  it('C16: accepts names that are not blank', () => {
    expect(faultOf(() => checkWorkflowName(null)).message).toBe('missing name');
    for (const name of ['', ' ', '\t', 'x'.repeat(600), 5]) {
      expect(faultOf(() => checkWorkflowName(name)).code).toBe('name.invalid');
    }
    expect(['A', ' A', 'A_B-C'].map(checkWorkflowName)).toEqual(['A', 'A', 'A_B-C']);
  });
});
