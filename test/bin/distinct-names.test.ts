import { expect, it } from 'vitest';
import { distinctNames } from '../../bin/terminal/distinct-names.ts';

it('adds the beginning of the id only to names that look alike', () => {
  const groups = [
    { id: '0123456789', name: 'Alice' },
    { id: 'abcdef0123', name: 'А1ice' },
    { id: 'abcdef0123', name: 'А1ice' },
    { id: '9876543210', name: 'Bob' },
    { id: '9876543210', name: 'Bob' },
  ];
  expect(groups.map(distinctNames(groups))).toEqual([
    'Alice (01234567)',
    'А1ice (abcdef01)',
    'А1ice (abcdef01)',
    'Bob',
    'Bob',
  ]);
});
