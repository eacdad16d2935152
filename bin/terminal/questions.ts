import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Output } from './live-lines.ts';

/** Raised when there is no answer to a question: Ctrl-C, or the end of the input. */
export class Aborted extends Error {
  /** 130 after Ctrl-C, as in shells; 1 otherwise. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('Aborted!');
    this.name = 'Aborted';
    this.exitCode = exitCode;
  }
}

/** The standard input, or a stream of lines. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

export interface Questions {
  /** Asks for one line of input. @throws Aborted */
  ask(question: string): Promise<string>;
  /** As `ask`, without echo. @throws Aborted */
  askHidden(question: string): Promise<string>;
  /** Whether the answer is yes; any other answer is no. @throws Aborted */
  confirm(question: string): Promise<boolean>;
  close(): void;
}

/**
 * Asks on a terminal, or reads lines from a pipe. Questions go to the error output, so the output
 * of a command can be captured while it asks.
 */
export function createQuestions(input: Input, output: Output): Questions {
  let opened: ReturnType<typeof openReader> | undefined;
  const reader = () => {
    opened ??= openReader(input, output);
    return opened;
  };
  return {
    ask: (question) => reader().line(question, false),
    askHidden: (question) => reader().line(question, true),
    async confirm(question) {
      const answer = await reader().line(`${question} [y/N]: `, false);
      return /^y(es)?$/i.test(answer.trim());
    },
    close: () => opened?.close(),
  };
}

function openReader(input: Input, output: Output) {
  let silent = false;
  let interrupted = false;
  const filtered = new Writable({
    write(chunk, _encoding, done) {
      if (!silent) output.write(chunk);
      done();
    },
  });
  const terminal = input.isTTY === true;
  // No history: a password must not reappear with the arrow keys.
  const lines = createInterface({ input, output: filtered, terminal, historySize: 0 });
  lines.on('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  // Created immediately: piped lines arrive before the question that they answer.
  const answers = lines[Symbol.asyncIterator]();
  return {
    async line(question: string, hidden: boolean): Promise<string> {
      if (terminal) {
        lines.setPrompt(question);
        lines.prompt();
      } else output.write(question);
      silent = hidden;
      const { value, done } = await answers.next();
      silent = false;
      if (hidden || done || !terminal) output.write('\n');
      if (done) throw new Aborted(interrupted ? 130 : 1);
      return value;
    },
    close: () => lines.close(),
  };
}
