import { resolve } from 'node:path';
import type { FaultSettings } from '@flowserv/local-aws';
import { InvalidArgumentError } from 'commander';
import { parseRunnerSetting, runnerSettings } from '../../infra/local/runners/runner-setting.ts';
import type { Stack } from '../../infra/local/stack.ts';
import type { Cli } from '../session/cli.ts';
import { dataFolder } from '../session/location.ts';
import { exportLine, wrapped } from '../terminal/text.ts';
import type { AddCommand } from './options.ts';

interface Options {
  readonly dataDir?: string;
  readonly port?: string;
  readonly isolate?: true;
  readonly runner?: string;
}

const NOTE_WIDTH = 100;

const HELP = `
Steps of workflows run in the first of these that is available here (auto), unless --runner names one:
  engine    containers of their images, by Docker or Podman, with a network only if a worker requests it
  sandbox   a sandbox of Linux (bubblewrap, or unshare): no network, no access to your files; images are ignored,
            and steps use the programs of this computer, such as python3
  process   processes of your user without isolation: run only what you would run in your shell

Settings, as variables:
  FLOWSERV_API_DIR           data folder; .flowserv
  FLOWSERV_FILESTORE         file that configures the folder of uploads and results; s3 in the data folder
  FLOWSERV_API_BIND          address to listen on; 127.0.0.1
  FLOWSERV_API_PORT          port to listen on; 5000
  FLOWSERV_API_PROTOCOL, FLOWSERV_API_HOST, FLOWSERV_API_PATH
                             public address of the API; http, localhost, /flowserv/api/v1
  FLOWSERV_FILES_URL         origin of links to files; http, FLOWSERV_API_HOST and the port of the local S3
  FLOWSERV_API_NAME          name of the API
  FLOWSERV_ENGINES           remote engines that workflows may run on, a JSON list; see docs/engines.md
  FLOWSERV_VOLUMES           storage volumes that workers may use, a JSON list; see docs/storage-volumes.md
  FLOWSERV_ALLOWED_HOSTS     further host names of the server, separated by commas
  FLOWSERV_ALLOWED_ORIGINS   origins of web pages that may act as their user, separated by commas; loopback
                             for the pages of this computer; * for all
  FLOWSERV_AUTH              open: everyone is the same user and needs no token
  FLOWSERV_AUTH_TTL          lifetime of tokens, seconds; 86400
  FLOWSERV_READ_ACCESS       public: archives and groups can be read without membership
  FLOWSERV_USER_LIST         all: users list shows everyone; members: only members of own groups and
                             organisers, or a user by the full name; members
  FLOWSERV_KEEP_DELETED_DAYS days for which deleted workflows, groups and runs can be restored; 7
  FLOWSERV_ATTEMPTS_BY_NAME, FLOWSERV_ATTEMPTS_BY_ADDRESS
                             failed logins and password requests within 15 minutes; 10, 100
  FLOWSERV_SIGNUP            open, approval or closed: who gets an account; open
  FLOWSERV_TRUSTED_PROXY     addresses of proxies whose X-Forwarded-For is trusted; none
  FLOWSERV_UPLOAD_LIMIT      largest file of a multipart upload, bytes; 5000000000000
  FLOWSERV_PASSWORD_RESET    direct, mail or operator: who resets passwords; direct, or
                             operator if FLOWSERV_API_BIND is open to other hosts
  FLOWSERV_MAIL_FROM         sender of mails
  FLOWSERV_CAPACITY          vCPUs that the runs of all users may hold; 100
  FLOWSERV_STEP_…, FLOWSERV_QUOTA_…
                             sizes of steps, and quotas of each user; see docs/local-stack.md
  FLOWSERV_CODE_IMAGE        image of code steps; public.ecr.aws/docker/library/python:3.12-slim
  FLOWSERV_ISOLATE           1: as --isolate
  FLOWSERV_RUNNER            as --runner; auto
  FLOWSERV_IMAGE_PULL        missing, or always: whether an engine looks for newer images; missing
  FLOWSERV_TASK_NETWORK      container, or task: with an engine, one network for each task, as on Fargate; container
  FLOWSERV_SANDBOX_FOLDERS   further folders that a sandbox shows to steps, read-only, separated by colons
  DOCKER_HOST                address of the engine: unix://…, or tcp:// on this computer; its usual sockets
  ROB_WEBAPI_CONTENTLENGTH   largest request body, bytes; 16777216

Settings for tests: fault injection (docs/local-stack.md):
  FLOWSERV_FAULTS            kinds separated by commas, or all; none
                             index: the index shows writes up to 3 s late
                             conflicts: one write in five conflicts with another transaction
                             hidden: new objects are not found for up to 3 s
                             events: events get lost, arrive twice and late; messages arrive twice and late
                             spot: tasks of workers with spot are interrupted
  FLOWSERV_FAULTS_SEED       integer seed of the random faults; 1`;

/** `flowserv local` and `npm start`: the API on this host, with its data in a folder. */
export const addLocal: AddCommand = (parent, cli) => {
  parent
    .command('local')
    .description('run the server on this machine, until Ctrl-C')
    .option('-d, --data-dir <folder>', 'folder of its data; created if necessary')
    .option('-p, --port <port>', 'port to listen on; 0 chooses a free one', portNumber)
    .option(
      '--isolate',
      'as on AWS: functions as bundles, and each function and container in its own process',
    )
    .option('-r, --runner <name>', `what runs the steps: ${runnerSettings.join(', ')}`, runnerSetting)
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      try {
        await serve(cli, options);
      } catch (error) {
        cli.note(`flowServ cannot start: ${error instanceof Error ? error.message : String(error)}`);
        cli.fail();
      }
    });
};

async function serve(cli: Cli, { dataDir, port, isolate, runner }: Options): Promise<void> {
  // Loaded here: it takes longer than most commands need as a whole.
  const [{ startStack }, { isShortage }] = await Promise.all([
    import('../../infra/local/stack.ts'),
    import('../../infra/local/start-failure.ts'),
  ]);
  const found = dataFolder(cli.env);
  const folder = dataDir === undefined ? found : resolve(dataDir);
  const stack = await startStack({
    dataDir: folder,
    env: {
      ...cli.env,
      ...(port === undefined ? {} : { FLOWSERV_API_PORT: port }),
      ...(runner === undefined ? {} : { FLOWSERV_RUNNER: runner }),
    },
    onFault: (line) => cli.note(line),
    onProgress: (line) => cli.note(line),
    ...(isolate ? { isolate } : {}),
  });
  outliveFaults(cli, isShortage);
  // Before the server is ready: the reader of that message may stop it immediately.
  stopOnSignal(cli, () => stack.close());
  for (const warning of stack.warnings) cli.note(`warning: ${warning}`);
  for (const notice of stack.runner.notices) cli.note(...noteLines(notice));
  cli.print(
    `flowServ listens on ${stack.listensOn}`,
    `its data is in      ${folder}`,
    `the API is at       ${stack.url}/`,
    ...runnerLines(stack.runner),
    ...faultLines(stack.faults),
    ...(folder === found ? [] : [`commands find it by ${exportLine('FLOWSERV_API_DIR', folder)}`]),
    'ready; stop with Ctrl-C',
  );
}

/** Returns the indented lines of a note. */
function noteLines(notice: string): string[] {
  const label = 'note: ';
  return wrapped(notice, NOTE_WIDTH - label.length).map(
    (line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line,
  );
}

function runnerLines({ description, before }: Stack['runner']): string[] {
  const change = before ? [`                    (at the last start: ${before.description})`] : [];
  return [`steps run in        ${description}`, ...change];
}

/**
 * A last resort, as no request or run may end the server. Errors because the host ran out of a resource, and unhandled
 * rejections of a function, are reported and pass; any other exception ends the process, whose state is then unknown.
 */
function outliveFaults(cli: Cli, isShortage: (error: unknown) => boolean): void {
  // Such as a full disk, or a reader that exited: then only the log is lost.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('unhandledRejection', (reason) => cli.note(`fault: ${textOf(reason)}`));
  process.on('uncaughtException', (error) => {
    cli.note(`fault: ${textOf(error)}`);
    if (!isShortage(error)) process.exit(1);
  });
}

const textOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** The seed is printed even if it was not chosen: the same seed injects the same faults again. */
function faultLines(faults: FaultSettings | undefined): string[] {
  return faults ? [`its faults are      ${[...faults.kinds].join(', ')}, by seed ${faults.seed}`] : [];
}

/** The first signal stops cleanly, a second one immediately. */
function stopOnSignal(cli: Cli, close: () => Promise<void>): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    cli.print('stopping …');
    await close();
    cli.print('stopped');
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function portNumber(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function runnerSetting(text: string): string {
  try {
    return parseRunnerSetting(text);
  } catch {
    throw new InvalidArgumentError(`Choose among ${runnerSettings.join(', ')}.`);
  }
}
