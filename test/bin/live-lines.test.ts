import { describe, expect, it } from 'vitest';
import { createLiveLines } from '../../bin/terminal/live-lines.ts';

/** Records what is written to an output, piece by piece. */
function record(terminal?: { columns: number }) {
  const written: string[] = [];
  return { written, isTTY: terminal !== undefined, ...terminal, write: (text: string) => written.push(text) };
}

describe('live lines', () => {
  it('are one line for each change without a terminal', () => {
    const output = record();
    const lines = createLiveLines(output);

    lines.set('a', 'PENDING');
    lines.set('b', 'PENDING', ' 0 s');
    lines.set('b', 'PENDING', ' 1 s');
    lines.set('a', 'RUNNING', ' 1 s');
    lines.set('a', 'RUNNING', ' 2 s');
    lines.done();
    lines.set('a', 'RUNNING');

    expect(output.written).toEqual(['PENDING\n', 'PENDING 0 s\n', 'RUNNING 1 s\n', 'RUNNING\n']);
  });

  it('are drawn over each other on a terminal, and never wrap', () => {
    const output = record({ columns: 10 });
    const lines = createLiveLines(output);

    lines.set('a', 'first');
    lines.set('b', 'second', ' and more');
    lines.set('b', 'second', ' and more');
    lines.set('a', 'FIRST');
    lines.done();
    lines.set('c', 'third');

    expect(output.written).toEqual([
      '\r\x1b[2Kfirst\n',
      '\x1b[1A\r\x1b[2Kfirst\n\r\x1b[2Ksecond an\n',
      '\x1b[2A\r\x1b[2KFIRST\n\r\x1b[2Ksecond an\n',
      '\r\x1b[2Kthird\n',
    ]);
  });
});
