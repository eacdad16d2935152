import { type Client, createClient } from '../../shared/client/client.ts';
import { lazily } from '../../shared/clients.ts';
import type { Output } from '../terminal/live-lines.ts';
import { Aborted, createQuestions, type Input, type Questions } from '../terminal/questions.ts';
import { type Cell, type Column, formatTable } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import type { DeployedStack } from './deployed-stack.ts';
import { variables } from './identifiers.ts';
import { type Environment, findUrl, type GlobalOptions } from './location.ts';
import type { Operator } from './operator.ts';

/** Where commands run: their variables and streams. */
export interface Terminal {
  readonly env: Environment;
  readonly input: Input;
  /** The stream of results. */
  readonly output: Output;
  /** The stream of everything beside the result: questions, progress, warnings and errors. */
  readonly errors: Output;
}

/** What commands use: output, questions, and the server. */
export interface Cli extends Terminal {
  readonly questions: Questions;
  /** 0, or 1 after `fail`. */
  readonly exitCode: number;
  /** Makes the exit code 1 although the command prints its result. */
  fail(): void;
  /** Lines of the result. */
  print(...lines: readonly string[]): void;
  /** Lines that are not part of the result, such as warnings. */
  note(...lines: readonly string[]): void;
  json(value: unknown): void;
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void;
  /** Asks before something is lost, unless `force` is set. @throws Aborted unless the answer is yes */
  confirm(question: string, force: boolean | undefined): Promise<void>;
  /** The stack on AWS that `--stack` or its variable names; undefined if neither is set. @throws Error */
  deployed(): Promise<DeployedStack | undefined>;
  /** The API, as the logged-in user. @throws Error if no server is named and none runs */
  client(): Promise<Client>;
  /**
   * Operations without a route. Loaded on demand, as it takes longer to load than most commands to run.
   *
   * @throws Error unless a stack on AWS is named and its operator's settings are found, or a stack runs on this
   *   computer and no other server is named
   */
  operator(): Promise<Operator>;
}

export function createCli(terminal: Terminal, options: () => GlobalOptions): Cli {
  const { env, input, output, errors } = terminal;
  const questions = createQuestions(input, errors);
  let exitCode = 0;
  const write =
    (stream: Output) =>
    (...lines: readonly string[]) => {
      for (const line of lines) stream.write(`${printable(line)}\n`);
    };
  const print = write(output);
  const deployed = lazily(async () => {
    const { profile, region, stack = env[variables.stack] } = options();
    if (!stack) return undefined;
    const { readDeployedStack } = await import('./deployed-stack.ts');
    return readDeployedStack({ stack, profile, region }, env);
  });
  return {
    ...terminal,
    questions,
    get exitCode() {
      return exitCode;
    },
    fail() {
      exitCode = 1;
    },
    print,
    note: write(errors),
    json: (value) => print(jsonText(value)),
    table: (columns, rows) => print(...formatTable(columns, rows)),
    async confirm(question, force) {
      if (!force && !(await questions.confirm(question))) throw new Aborted(1);
    },
    deployed,
    async client() {
      const { url } = options();
      const stack = url === undefined ? await deployed() : undefined;
      return createClient({ url: findUrl(url, stack?.environment ?? env), token: env[variables.token] });
    },
    async operator() {
      const stack = await deployed();
      const [{ operatorSettings }, { createOperator }] = await Promise.all([
        import('./operator-settings.ts'),
        import('./operator.ts'),
      ]);
      return createOperator(await operatorSettings(stack, options(), env));
    },
  };
}

/** JSON without characters that a terminal would interpret: they are escaped. */
const jsonText = (value: unknown) =>
  JSON.stringify(value, null, 2).replace(
    /[[\p{Cc}\p{Bidi_Control}]--\n]/gv,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
