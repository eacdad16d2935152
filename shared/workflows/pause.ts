import { unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { alive, all, type Condition, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { checkReason } from './moderation.ts';
import type { Pause, Workflow } from './workflow.ts';

/**
 * Pauses submissions: no group of the workflow starts runs until they are resumed. Runs that wait or run go on. The pause
 * is part of the workflow's item, which each start reads anyway. Repeating it with the same reason changes nothing.
 *
 * @param text the reason, which everyone reads
 * @throws FlowservError 400 for an invalid reason, 404 if the workflow was deleted meanwhile
 */
export async function pauseSubmissions(
  services: Services,
  actor: Actor,
  workflow: Workflow,
  text: string,
): Promise<Pause> {
  const { table, now } = services;
  const { id, createdAt } = workflow;
  const reason = checkReason(text);
  if (workflow.paused?.reason === reason) return workflow.paused;
  const paused = { since: timestamp(now()), reason };
  const object = { type: 'workflow', id } as const;
  const changed = await conditionally(
    table.transact([
      table.write.update(keys.workflow(id), { set: { paused } }, all(alive, madeAt(createdAt))),
      auditWrite(services, id, { actor, action: 'workflow.pause', object, detail: reason }),
    ]),
  );
  if (!changed) throw unknownObject('workflow', id);
  return paused;
}

/** Resumes submissions. Repeating it changes nothing. */
export async function resumeSubmissions(
  services: Services,
  actor: Actor,
  { id, createdAt }: Workflow,
): Promise<void> {
  const { table } = services;
  const isPaused: Condition = { expression: 'attribute_exists(#paused)' };
  const object = { type: 'workflow', id } as const;
  await conditionally(
    table.transact([
      table.write.update(keys.workflow(id), { remove: ['paused'] }, all(alive, madeAt(createdAt), isPaused)),
      auditWrite(services, id, { actor, action: 'workflow.resume', object }),
    ]),
  );
}
