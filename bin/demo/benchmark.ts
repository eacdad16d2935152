import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Leaderboard, Run } from '../../shared/api/answers.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import { ApiError } from '../../shared/client/error.ts';
import { openUpload } from '../../shared/client/local-files.ts';

/** A participant who is logged in, with a group and an uploaded list of names. */
export interface Participant {
  readonly name: string;
  readonly client: Client;
  readonly groupId: string;
  readonly fileId: string;
}

/** Post-processing starts a moment after the last run; after this time the demo assumes that it will not. */
const POSTPROC_PATIENCE_MS = 30_000;
const POLL_MS = 250;

/** Registers a user, logs in, creates a group of the workflow and uploads a list of names, all over HTTP. */
export async function enter(
  url: string,
  workflowId: string,
  name: string,
  list: string,
): Promise<Participant> {
  const password = randomBytes(16).toString('base64url');
  const anonymous = createClient({ url });
  await anonymous.users.register({ username: name, password, verify: false });
  const { token } = await anonymous.users.login(name, password);
  const client = createClient({ url, token });
  const group = await client.groups.create(workflowId, { name });
  const file = await openUpload(list);
  const upload = await client.files.upload(group.id, file.content, file.name);
  return { name, client, groupId: group.id, fileId: upload.id };
}

export function startGreeting({ client, groupId, fileId }: Participant, greeting: string): Promise<Run> {
  return client.runs.start(groupId, {
    arguments: [
      { name: 'names', value: { type: '$file', value: { fileId } } },
      { name: 'greeting', value: greeting },
      { name: 'sleeptime', value: 0 },
    ],
  });
}

const comparison = z.array(z.object({ run: z.string() }));

/**
 * Waits until post-processing compares exactly the ranked runs.
 *
 * @returns the paths of its files, and the comparison as CSV
 * @throws Error if it fails or does not start
 */
export async function awaitComparison(client: Client, workflowId: string, { ranking }: Leaderboard) {
  const wanted = ranking.map(({ run }) => run.id).join();
  for (const until = Date.now() + POSTPROC_PATIENCE_MS; Date.now() < until; await sleep(POLL_MS)) {
    const { postproc } = await client.workflows.get(workflowId);
    if (postproc?.state === 'ERROR')
      throw new Error(`post-processing failed: ${postproc.messages?.join(' ')}`);
    if (postproc?.state !== 'SUCCESS') continue;
    const files = postproc.files ?? [];
    const read = async (name: string) => {
      const id = files.find((file) => file.name === name)?.id;
      if (id === undefined) throw new Error(`post-processing did not create ${name}`);
      return (await client.workflows.downloadFile(workflowId, id)).text();
    };
    try {
      const rows = comparison.parse(JSON.parse(await read('results/compare.json')));
      if (rows.map(({ run }) => run).join() !== wanted) continue;
      return { paths: files.map(({ name }) => name), csv: await read('results/compare.csv') };
    } catch (error) {
      // A newer comparison replaced this one, whose files were deleted with it.
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
  throw new Error(`post-processing was not done within ${POSTPROC_PATIENCE_MS / 1000} seconds`);
}
