import type { GroupRun } from '../runs/list-of-groups.ts';
import { reasonOf } from '../runs/reason.ts';
import type { Services } from '../services/services.ts';
import { NOTHING_VISIBLE } from '../template/visibility.ts';
import { readModerations } from '../workflows/moderation.ts';
import type { Reader } from './moderation-views.ts';
import { listedView, readListStanding, versionsOf } from './run-standing.ts';
import type { ShownEntries } from './visible.ts';

/** The entries of a list of the runs of several groups of a workflow, as one of its members may see them. */
export async function workflowRunViews(
  services: Services,
  workflowId: string,
  { entries, visible }: ShownEntries<GroupRun>,
  reader: Reader,
) {
  const [{ active, waiting, ranks }, versions, moderations] = await Promise.all([
    readListStanding(services, { id: '', workflowId }, entries),
    versionsOf(services, workflowId, entries),
    readModerations(services, workflowId),
  ]);
  const reasons = new Map(active.map((run) => [run.id, reasonOf(run, waiting)]));
  return entries.map(({ group, ...entry }, position) => ({
    ...listedView(entry, group.id, {
      visible: visible[position] ?? NOTHING_VISIBLE,
      version: versions.get(entry.version),
      reason: reasons.get(entry.id),
      ranks,
      decided: moderations.runs.get(entry.id) ?? {},
      ofGroup: moderations.groups.get(group.id) ?? {},
      reader,
    }),
    group: { id: group.id, name: group.name },
  }));
}
