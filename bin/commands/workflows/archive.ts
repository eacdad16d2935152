import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Client } from '../../../shared/client/client.ts';
import { saveDownload } from '../../../shared/client/local-files.ts';
import { type RunState, runStates } from '../../../shared/runs/state.ts';
import type { Cli } from '../../session/cli.ts';
import { workflowId } from '../../session/identifiers.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { type AddCommand, versionOption, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly state?: RunState;
  readonly group?: string;
  readonly ofVersion?: number;
  readonly since?: string;
  readonly outputs?: true;
  readonly output?: string;
}

/** Time between two requests for the progress. */
const INTERVAL_MS = 1000;

export const addArchive: AddCommand = (parent, cli) => {
  parent
    .command('archive')
    .description('have an archive of all submissions made, and download it (owners and organisers)')
    .argument('[archive]', 'identifier of an archive that was requested before')
    .addOption(workflowOption())
    .addOption(new Option('-s, --state <state>', 'only runs in this state').choices(runStates))
    .option('-g, --group <id>', 'only runs of this group')
    .addOption(versionOption('only runs of this version'))
    .option('--since <time>', 'only runs from this day or time on, such as 2026-12-01')
    .option('--outputs', 'with the outputs of the runs')
    .option('-o, --output <folder>', 'wait for the archive, and save its files in this folder')
    .action(async (archive: string | undefined, options: Options) => {
      const { workflow, output, state, group, ofVersion: version, since, outputs } = options;
      const id = workflowId(workflow, cli.env);
      const client = await cli.client();
      const choice = { state, group, version, since, outputs };
      const archiveId = archive ?? (await client.workflows.requestArchive(id, choice)).id;
      if (output === undefined) {
        const { state: now, runs, files = [] } = await client.workflows.findArchive(id, archiveId);
        return cli.print(`archive ${archiveId}: ${now}, ${runs} runs in ${files.length} files`);
      }
      const found = await waitForArchive(cli, client, id, archiveId);
      await mkdir(output, { recursive: true });
      for (const index of (found.files ?? []).keys()) {
        // Links are valid for 15 minutes, which the files before may take.
        const file = (await client.workflows.findArchive(id, archiveId)).files?.[index];
        if (!file) throw new Error(`archive ${archiveId} has expired`);
        await saveDownload(await fetch(file.url), join(output, file.name));
        cli.print(join(output, file.name));
      }
      if (found.state === 'failed') throw new Error(`archive ${archiveId} is incomplete; request fewer runs`);
    });
};

async function waitForArchive(cli: Cli, client: Client, id: string, archiveId: string) {
  const line = createLiveLines(cli.errors);
  let current = await client.workflows.findArchive(id, archiveId);
  while (current.state === 'running') {
    line.set('archive', `archive ${archiveId}: ${current.runs} runs`);
    await sleep(INTERVAL_MS);
    current = await client.workflows.findArchive(id, archiveId);
  }
  line.done();
  return current;
}
