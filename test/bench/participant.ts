import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '../../shared/client/client.ts';
import type { Services } from '../../shared/services/services.ts';
import { readSource } from '../../shared/sources/folder.ts';
import { createWorkflow } from '../../shared/workflows/create.ts';
import { installTemplate } from '../end-to-end/install-template.ts';

/** A logged-in user. */
export interface Participant {
  readonly client: Client;
  readonly token: string;
}

/** Registers a user with a new name and logs in, over HTTP. */
export async function participant(url: string): Promise<Participant> {
  const username = `bench-${randomBytes(6).toString('hex')}`;
  const password = randomBytes(16).toString('base64url');
  const anonymous = createClient({ url });
  await anonymous.users.register({ username, password, verify: false });
  const { token } = await anonymous.users.login(username, password);
  return { client: createClient({ url, token }), token };
}

/** Installs a workflow as the operator does; returns its id. */
export function install(services: Services, id: string, template: string): Promise<string> {
  const stack = {
    install: async (folder: string) =>
      (await createWorkflow(services, await readSource(folder, {}), { id, ignorePostproc: true })).id,
  };
  return installTemplate(stack, template, {}, { id });
}
