import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VersionState } from '../../../shared/api/version-answers.ts';
import type { Client } from '../../../shared/client/client.ts';
import { digestOf } from '../../../shared/client/local-files.ts';
import type { Cli } from '../../session/cli.ts';
import { workflowId } from '../../session/identifiers.ts';
import { warningLine } from '../../session/source.ts';
import { withZip } from '../../session/zip-folder.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly dryRun?: true;
  readonly confirm?: string[];
}

/** Time between two requests for the state. */
const INTERVAL_MS = 500;

const HELP = `
Uploads the source and waits until the server has checked and installed it. The engine configuration of the workflow
stays: only the operator changes it, with \`workflows update\`.

  $ flowserv workflows install -w W benchmark --dry-run     # what would change?
  $ flowserv workflows install -w W benchmark`;

export const addInstallWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('install')
    .description('install a new version of a workflow (owners and organisers)')
    .argument('<source>', 'folder or zip of the workflow')
    .addOption(workflowOption())
    .option('--dry-run', 'show what would change, and install nothing')
    .option('--confirm <phases...>', 'phases whose hidden results the version may show')
    .addHelpText('after', HELP)
    .action(async (source: string, { workflow, dryRun, confirm }: Options) => {
      const id = workflowId(workflow, cli.env);
      const client = await cli.client();
      await withZip(source, async (path) => {
        const sha256 = await digestOf(path);
        const uploadId = await upload(cli, client, id, { path, sha256 });
        const choice = { ...(dryRun && { dryRun }), ...(confirm && { confirm }) };
        const { number } = await client.workflows.installVersion(id, uploadId, choice);
        const version = await finished(cli, client, id, number);
        if (dryRun) await client.workflows.removeSource(id, uploadId).catch(() => {});
        if (version.sha256 !== sha256) {
          throw new Error(`version ${number} of workflow ${id} was installed from another source meanwhile`);
        }
        report(cli, id, version);
      });
    });
};

async function upload(
  cli: Cli,
  client: Client,
  id: string,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
): Promise<string> {
  const content = await openAsBlob(path);
  const line = createLiveLines(cli.errors);
  const onProgress = (bytes: number) =>
    line.set('upload', 'Uploading the source', ` ${Math.floor((100 * bytes) / content.size)} %`);
  const source = await client.workflows.uploadSource(id, content, sha256, onProgress);
  line.done();
  return source.id;
}

/** Waits until the work on a version ended. */
async function finished(cli: Cli, client: Client, id: string, number: number): Promise<VersionState> {
  const line = createLiveLines(cli.errors);
  for (;;) {
    const version = await client.workflows.findVersion(id, number);
    if (version.state !== 'waiting' && version.state !== 'installing') {
      line.done();
      return version;
    }
    line.set('install', `Version ${number}: ${version.state}`);
    await sleep(INTERVAL_MS);
  }
}

/** @throws Error if the version is not installed */
function report(cli: Cli, id: string, version: VersionState): void {
  const { number, state, problems = [], warnings = [], dryRun, confirm = [] } = version;
  cli.note(...warnings.map(warningLine), ...problems.map((problem) => `error: ${oneLine(problem)}`));
  if (state === 'failed') {
    cli.fail();
    return;
  }
  if (state === 'unchanged') {
    cli.print(`Workflow ${id} has this version already: ${number - 1}.`);
    return;
  }
  const { changes = [], files = [], groups = [], isNewLeaderboard } = version;
  const lost = groups.map(
    ({ group, parameter }) =>
      `Group '${group}' added the parameter '${parameter}', which the new version uses itself: the group's is ignored.`,
  );
  const leaderboard = isNewLeaderboard ? ['A new leaderboard begins.'] : [];
  const hidden = confirm.map(
    (phase) => `It may show what is hidden in '${phase}': confirm it with --confirm ${phase}`,
  );
  const texts = [...changes, ...files, ...lost, ...leaderboard, ...(dryRun ? hidden : [])];
  cli.print(`Version ${number} of workflow ${id}:`, ...texts.map((text) => `- ${oneLine(text)}`));
  cli.print(dryRun ? 'Nothing is installed.' : `Version ${number} of workflow ${id} is installed.`);
}
