import { type Client, createClient } from '../../shared/client/client.ts';
import { Aborted, createQuestions, type Questions } from '../terminal/questions.ts';
import { type Cell, type Column, formatTable } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { variables } from './identifiers.ts';
import { type Environment, findUrl, namedUrl, requireStack } from './location.ts';
import type { Operator } from './operator.ts';

/** What commands have at hand: where to write, whom to ask, and the server. */
export interface Cli {
  readonly env: Environment;
  readonly questions: Questions;
  /** Lines of the result. */
  print(...lines: readonly string[]): void;
  /** Lines beside the result, such as warnings. */
  note(...lines: readonly string[]): void;
  json(value: unknown): void;
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void;
  /** Asks before something is lost, unless told not to. @throws Aborted unless the answer is yes */
  confirm(question: string, force: boolean | undefined): Promise<void>;
  /** The API, as the user who is logged in. @throws Error when no server is named and none runs */
  client(): Client;
  /**
   * What has no route. It is loaded on demand, as it takes longer to load than most commands to run.
   *
   * With the settings of a deployment in the environment (`FLOWSERV_TABLE` and the others that
   * `bin/aws-settings.ts` prints) it acts on that, with the AWS credentials of whoever calls.
   *
   * @throws Error unless there are such settings, or the stack runs on this machine and no other server is
   *   named
   */
  operator(): Promise<Operator>;
}

/** @param urlOption value of `--url`, known once the command line has been read */
export function createCli(env: Environment, urlOption: () => string | undefined): Cli {
  const questions = createQuestions(process.stdin, process.stderr);
  const write =
    (stream: NodeJS.WriteStream) =>
    (...lines: readonly string[]) => {
      for (const line of lines) stream.write(`${printable(line)}\n`);
    };
  const print = write(process.stdout);
  return {
    env,
    questions,
    print,
    note: write(process.stderr),
    json: (value) => print(jsonText(value)),
    table: (columns, rows) => print(...formatTable(columns, rows)),
    async confirm(question, force) {
      if (!force && !(await questions.confirm(question))) throw new Aborted(1);
    },
    client: () => createClient({ url: findUrl(urlOption(), env), token: env[variables.token] }),
    async operator() {
      if (env.FLOWSERV_TABLE) {
        const { createOperator } = await import('./operator.ts');
        return createOperator(env);
      }
      const { url, operator } = requireStack(env);
      const named = namedUrl(urlOption(), env);
      if (named !== undefined && named !== url) {
        throw new Error(`only the operator of ${named} can do this, where it runs; here runs ${url}`);
      }
      const { createOperator } = await import('./operator.ts');
      return createOperator(operator);
    },
  };
}

/** JSON without characters that a terminal could act upon: they are escaped. */
const jsonText = (value: unknown) =>
  JSON.stringify(value, null, 2).replace(
    /[[\p{Cc}\p{Bidi_Control}]--\n]/gv,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
