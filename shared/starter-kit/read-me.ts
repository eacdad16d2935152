import type { WorkflowEntry } from '../workflows/workflow.ts';
import { plainLines } from './plain-lines.ts';

/**
 * Writes the text that explains the kit.
 *
 * @param version number of the version
 * @param isRunnable whether the kit contains the workflow
 */
export function readMe(
  workflowId: string,
  { name, instructions }: WorkflowEntry,
  version: number,
  isRunnable: boolean,
) {
  const run = `## Run it on your machine

\`run.sh\` runs the whole workflow once with these arguments, on a server that it starts and removes. Nothing is sent
anywhere.

\`\`\`sh
sh run.sh
sh run.sh --arg NAME=VALUE
\`\`\`
`;
  const noRun = `## On your machine

The workflow runs only on the server: it has files that the organiser does not share.
`;
  return `# Starter kit: ${plainLines(name).join(' ')}

Made from version ${version} of the benchmark.

| File | Holds |
| --- | --- |
${instructions === null ? '' : '| `instructions.md` | the instructions of the organiser |\n'}| \`arguments.yaml\` | every parameter, explained; edit it |
| \`benchmark/\` | the files that the organiser shares, at their paths in a run |
${isRunnable ? '| `run.sh` | runs the workflow on your machine |\n' : ''}
${isRunnable ? run : noRun}
## Submit

\`\`\`sh
flowserv login -u YOU
flowserv groups create -w ${workflowId} -n TEAM
flowserv runs start -g GROUP --arguments-file arguments.yaml --wait
\`\`\`

\`--url\` names the server, as in \`flowserv --url ADDRESS login\`.
`;
}

/** The script that runs the workflow of the kit. */
export const runScript = `#!/bin/sh
# Runs the benchmark once on this machine. Arguments of the command line replace those of arguments.yaml:
#   sh run.sh --arg NAME=VALUE
set -e
cd "$(dirname "$0")"
exec flowserv workflows try benchmark --arguments-file arguments.yaml "$@"
`;
