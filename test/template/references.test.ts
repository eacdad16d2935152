import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectReferences, splitReferences, wholeReference } from '../../shared/template/references.ts';
import { faultOf } from './faults.ts';

const nameOf = (body: string) => wholeReference(`$[[${body}]]`)?.name;

describe('references', () => {
  it('F13: collects names from mappings, lists, nested mappings, conditionals and longer text', () => {
    const workflow = {
      a: '$[[A]]',
      list: ['$[[B]]', 'x $[[C]] and $[[D ? y : z]]', { inner: '$[[E?x]]' }],
      nested: { deeper: { f: '$[[ F ]]', g: '$[[G?Z]]' } },
      '$[[KEY]]': 1,
      number: 5,
    };

    expect([...collectReferences(workflow)].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
  });

  it('F14: rejects a list within a list', () => {
    const fault = faultOf(() => collectReferences({ a: [1, ['$[[A]]']] }));

    expect(fault.code).toBe('template.invalid');
    expect(fault.message).toContain('a[1]: nested lists not allowed');
  });

  it('F15: trims names and ends them at the first question mark', () => {
    expect([' ABC ', 'name?B:C', 'n ? A : A'].map(nameOf)).toEqual(['ABC', 'name', 'n']);
  });

  it('splits branches at the first colon after the question mark', () => {
    expect(wholeReference('$[[ a ? x : y:z ]]')?.branches).toEqual({ whenTrue: 'x', whenFalse: 'y:z' });
    expect(wholeReference('$[[a:b ? x]]')).toMatchObject({
      name: 'a:b',
      branches: { whenTrue: 'x', whenFalse: null },
    });
    expect(wholeReference('$[[a?]]')?.branches).toEqual({ whenTrue: '', whenFalse: null });
    expect(wholeReference('$[[a]]')?.branches).toBeUndefined();
  });

  it('reads text that starts and ends with brackets as two references', () => {
    expect(wholeReference('$[[a]]…$[[b]]')).toBeUndefined();
    expect(splitReferences('$[[a]]…$[[b]]')).toMatchObject([{ name: 'a' }, '…', { name: 'b' }]);
  });

  it('treats brackets that are not closed on the same line as text', () => {
    expect(splitReferences('$[[a')).toEqual(['$[[a']);
    expect(splitReferences('x $[[a\n]] $[[b]]\n')).toMatchObject(['x $[[a\n]] ', { name: 'b' }, '\n']);
    expect(splitReferences('')).toEqual([]);
  });

  it('restores the text from its parts', () => {
    const pieces = fc.constantFrom('$[[', ']]', '$', '[', ']', 'a', ' ', '?', ':', '\n', '$[[x]]');
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
    );

    fc.assert(
      fc.property(texts, (text) => {
        const parts = splitReferences(text).map((part) => (typeof part === 'string' ? part : part.source));
        expect(parts.join('')).toBe(text);
      }),
    );
  });

  it('reads a million open brackets', () => {
    expect(splitReferences('$[[\n'.repeat(1_000_000))).toHaveLength(1);
    expect(splitReferences('$[['.repeat(1_000_000))).toHaveLength(1);
  });
});
