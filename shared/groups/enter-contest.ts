import { FlowservError } from '../errors.ts';
import { runDemands } from '../quotas/contest.ts';
import type { Demand } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import type { Contest } from '../template/contest.ts';
import { nextPhase, openPhase, type Phase } from '../template/phases.ts';
import { readModerations } from '../workflows/moderation.ts';
import type { Group } from './group.ts';

/** How a new run takes part in the contest of its workflow. */
interface Entry {
  /** The phase that it belongs to. */
  readonly phase?: Phase | undefined;
  /** What it takes from the limits of its group. */
  readonly demands: readonly Demand[];
}

/**
 * Decides by the time whether a group may start a run in a contest, and in which phase.
 *
 * @param contest null if the workflow has none
 * @throws FlowservError 403 if no phase is open, or the group lacks a successful run in an earlier phase
 */
export async function enterContest(
  services: Services,
  group: Group,
  contest: Contest | null,
): Promise<Entry> {
  if (!contest) return { demands: [] };
  const now = services.now();
  const { limits, phases } = contest;
  if (!phases) return { demands: runDemands(limits, group, now) };
  const phase = requireOpenPhase(phases, now);
  const missing = await missingPhase(services, group, phase, phases);
  if (missing) throw new FlowservError('contest.phase-required', requiredText(phase, missing));
  return { phase, demands: runDemands(limits, group, now, phase) };
}

/** @throws FlowservError 403 if none is open, which says when the next one opens */
export function requireOpenPhase(phases: readonly Phase[], now: Date): Phase {
  const phase = openPhase(phases, now);
  if (!phase) throw new FlowservError('contest.phase', closedText(phases, now));
  return phase;
}

function closedText(phases: readonly Phase[], now: Date): string {
  const next = nextPhase(phases, now);
  if (next) return `no phase of this benchmark is open; phase '${next.name}' opens at ${next.opens}`;
  const last = phases.at(-1);
  return `the last phase of this benchmark, '${last?.name}', closed at ${last?.closes}`;
}

const requiredText = (phase: Phase, required: Phase): string =>
  `phase '${phase.name}' needs a successful run of the group in phase '${required.name}', which it does not have`;

/**
 * The earlier phase in which the group needs a successful run and has none. A disqualified run does not count, and of a run
 * that was scored again the one that replaced it does.
 */
async function missingPhase(
  { table }: Pick<Services, 'table'>,
  { id: groupId, workflowId, hasModeration }: Group,
  { requires }: Phase,
  phases: readonly Phase[],
): Promise<Phase | undefined> {
  const required = phases.find(({ id }) => id === requires);
  if (!required) return undefined;
  // Runs that are older than the phases belong to the first one.
  const isFirst = required === phases[0];
  const filter: Condition = {
    expression: `#state = :state AND attribute_not_exists(#replacedBy) AND (attribute_not_exists(#rescoredFrom) OR attribute_exists(#replaces)) AND (#phase = :phase${isFirst ? ' OR attribute_not_exists(#phase)' : ''})`,
    values: { state: 'SUCCESS', phase: required.id },
  };
  const decided = hasModeration ? (await readModerations({ table }, workflowId, groupId)).runs : undefined;
  for await (const item of table.range(keys.runEntries(groupId), { filter })) {
    if (!decided?.get(String(item.id))?.disqualified) return undefined;
  }
  return required;
}
