import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exportLine, printable } from '../../bin/terminal/text.ts';

describe('an export line', () => {
  it('is plain for identifiers', () => {
    expect(exportLine('FLOWSERV_APP', 'my_key1')).toBe('export FLOWSERV_APP=my_key1');
  });

  it.each(['a b', '$(touch /tmp/x)', "it's", '', '`id`', 'a;b', '"x"', 'é\\n'])(
    'gives the shell exactly the value: %j',
    (value) => {
      const script = `${exportLine('V', value)}\nprintf %s "$V"`;
      expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(value);
    },
  );
});

describe('printable text', () => {
  it('keeps lines and tabs, and removes everything that a terminal interprets', () => {
    expect(printable('a\r\nb\tc\x1b]0;title\x07\x9b2J\rd')).toBe(
      'a\nb\tc\ufffd]0;title\ufffd\ufffd2J\ufffdd',
    );
  });
});
