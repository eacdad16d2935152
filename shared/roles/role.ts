import * as z from 'zod';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { type Role, roles } from './names.ts';

const memberSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  /** When the role was given. */
  since: z.string(),
});
/** A user with a role in a workflow. Participants are members of groups, not of the workflow. */
export type WorkflowMember = z.infer<typeof memberSchema>;
export const workflowMemberCodec = itemCodec(1, memberSchema);

/** Returns the role of a user in a workflow, or undefined. It is read each time, so that its removal has effect at once. */
export async function readRole(
  { table }: { readonly table: Pick<Table, 'get'> },
  workflowId: string,
  userId: string,
): Promise<Role | undefined> {
  return workflowMemberCodec.readMaybe(await table.get(keys.workflowMember(workflowId, userId)))?.role;
}

/** The role of a user in one workflow. */
export interface OwnRole extends Pick<WorkflowMember, 'role' | 'since'> {
  readonly workflowId: string;
}

/** Returns the roles of a user in all workflows that are not deleted. It reads one item for each workflow. */
export async function readRolesOf({ table }: { readonly table: Table }, userId: string): Promise<OwnRole[]> {
  const workflows = (await table.list(keys.workflowEntries())).map(({ sk }) => sk);
  const items = await table.getMany(workflows.map((id) => keys.workflowMember(id, userId)));
  return items.map((item) => {
    const { role, since } = workflowMemberCodec.read(item);
    return { workflowId: item.pk.slice(keys.workflow('').pk.length), role, since };
  });
}
