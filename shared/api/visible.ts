import { FlowservError, unknownObject } from '../errors.ts';
import { listGroups } from '../groups/list.ts';
import { findOwner, type RunOwner } from '../runs/owner.ts';
import type { Run, RunEntry } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { type Audience, NOTHING_VISIBLE, type Visible, visibleTo } from '../template/visibility.ts';
import type { Action, Owner } from '../users/authorize.ts';
import type { Caller } from '../users/sessions.ts';
import { readVersion } from '../workflows/version.ts';

/** The part of a request on which visibility depends. */
export interface Viewer {
  readonly services: Services;
  readonly caller: Caller;
  mayAlso(action: Action, owner: Owner): Promise<boolean>;
}

/** A run or an entry of a list of runs; the state and the warnings of post-processing. */
type PhasedRun = Pick<Run, 'groupId' | 'phase'> & Partial<Pick<Run, 'state' | 'warnings'>>;

/** Whether nothing that may differ by the caller is hidden. */
export const isAllVisible = ({ leaderboard, scores, logs, outputs }: Visible): boolean =>
  leaderboard && scores && logs && outputs;

/** What a caller may see in a workflow. */
export interface View {
  ofLeaderboard(phaseId: string | undefined): Promise<Visible>;
  ofRun(run: PhasedRun): Promise<Visible>;
  /** Whether a leaderboard or a part of the runs of any phase is hidden from the caller. */
  hidesSome(): Promise<boolean>;
}

/**
 * Returns how to find out what the caller may see in a workflow. The table is read only if something is hidden from
 * some callers: once for the role, and once for the membership in a group.
 *
 * @param version id of the installed version, whose contest decides
 */
export async function viewOf(viewer: Viewer, workflowId: string, version: string): Promise<View> {
  const { services } = viewer;
  const now = services.now();
  const { contest: current, formerPhases: former = [] } = await readVersion(services, workflowId, version);
  let known: Promise<Audience> | undefined;
  const decide = async (phaseId: string | undefined) => {
    const phase = { current, former, phaseId };
    const ofAnyone = visibleTo('anyone', phase, now);
    if (isAllVisible(ofAnyone)) return ofAnyone;
    known ??= audienceOf(viewer, workflowId);
    return visibleTo(await known, phase, now);
  };
  return {
    async hidesSome() {
      const phases = [undefined, ...[...(current?.phases ?? []), ...former].map(({ id }) => id)];
      const visible = await Promise.all(phases.map(decide));
      return !visible.every(isAllVisible);
    },
    ofLeaderboard: decide,
    async ofRun({ groupId, phase, state, warnings }) {
      const visible = await decide(phase);
      if (groupId !== undefined) return { ...visible, leaderboard: true };
      // Post-processing is a part of the leaderboard, but what it prints may be from the files of any group.
      const { leaderboard } = visible;
      const failed = state === 'ERROR';
      const quotes = failed || warnings !== undefined;
      const logs =
        leaderboard && visible.logs && (!quotes || (await viewer.mayAlso('run:logs', { workflowId })));
      const outputs = leaderboard && (logs || !failed);
      return { leaderboard, scores: leaderboard, logs, outputs, outputsOfOthers: outputs };
    },
  };
}

async function audienceOf({ services, caller, mayAlso }: Viewer, workflowId: string): Promise<Audience> {
  if (await mayAlso('hidden:read', { workflowId })) return 'organiser';
  if (!caller || !(await mayAlso('groups:list', { workflowId }))) return 'anyone';
  const { entries } = await listGroups(services, caller, workflowId);
  return entries.length > 0 ? 'participant' : 'anyone';
}

/** By what a caller may access a run, and what of it the caller may see. */
export interface RunAccess<Ground> {
  readonly ground: Ground;
  readonly visible: Visible;
  /** The same for other runs of the workflow. */
  readonly view: View;
}

/**
 * Checks the caller's access to a run, and what of it the caller may see.
 *
 * @param found what the run belongs to; read when absent
 * @param isOrganisers true if members of its group have no right to it
 * @throws FlowservError 404, 403; 404 for post-processing of a leaderboard that the caller may not see
 */
export async function authorizedRun<Ground>(
  viewer: Viewer & { authorize(owner: Owner): Promise<Ground> },
  run: Run,
  found?: RunOwner,
  isOrganisers = false,
): Promise<RunAccess<Ground>> {
  const owned = found ?? (await findOwner(viewer.services, run));
  const { workflowId } = run;
  const ground = await viewer.authorize(isOrganisers ? { workflowId } : owned.owner);
  const view = await viewOf(viewer, workflowId, owned.version);
  const visible = await view.ofRun(run);
  if (!visible.leaderboard) throw unknownObject('run', run.id);
  return { ground, visible, view };
}

/** @throws FlowservError 403 unless the caller may see these parts of a run */
export function requireVisible(visible: Visible, parts: readonly (keyof Visible)[]): void {
  if (parts.some((part) => !visible[part])) {
    throw new FlowservError(
      'contest.hidden',
      'the rules of this benchmark show this to its organisers only, at least until a certain time',
    );
  }
}

const HIDDEN_MESSAGE = 'the run failed; the organisers of this benchmark can read why';

/**
 * A run without what the caller may not see. Warnings quote results and the output of steps. A step that took outputs of
 * another run has equal inputs, the time of its tasks shows what steps did, and a run that replaced another one
 * has a result. A canceled run has the reason for which it was canceled.
 */
export function shownRun(run: Run, { scores, logs }: Visible): Run {
  const { values, warnings, messages, reuse, replacedBy, progress, usage, ...rest } = run;
  const isHiddenText = !logs && run.state === 'ERROR';
  return {
    ...rest,
    ...(values === undefined || !scores ? {} : { values }),
    ...(warnings === undefined || !scores || !logs ? {} : { warnings }),
    ...(messages === undefined ? {} : { messages: isHiddenText ? [HIDDEN_MESSAGE] : messages }),
    ...(reuse === undefined || !logs ? {} : { reuse }),
    ...(usage === undefined || !logs ? {} : { usage }),
    ...(progress === undefined ? {} : { progress: logs ? progress : { ...progress, takesFrom: undefined } }),
    ...(replacedBy === undefined || !scores ? {} : { replacedBy }),
  };
}

/** The same of an entry in a list of runs. */
function shownEntry<T extends RunEntry>(entry: T, { scores, logs }: Visible): T {
  return {
    ...entry,
    ...(scores ? {} : { values: undefined, notRanked: undefined, replacedBy: undefined }),
    ...(scores && logs ? {} : { warningCount: undefined }),
  };
}

/** The entries of a list of runs as a caller may see them. */
export interface ShownEntries<T extends RunEntry = RunEntry> {
  readonly entries: readonly T[];
  /** What of each entry is shown, in their order. */
  readonly visible: readonly Visible[];
  /** Whether anything is hidden from the caller: then an ETag must depend on nothing but the response. */
  readonly hides: boolean;
}

export async function shownEntries<T extends RunEntry>(
  view: View,
  entries: readonly T[],
): Promise<ShownEntries<T>> {
  const visible = await Promise.all(entries.map((entry) => view.ofRun({ groupId: '', phase: entry.phase })));
  return {
    entries: entries.map((entry, position) => shownEntry(entry, visible[position] ?? NOTHING_VISIBLE)),
    visible,
    hides: !visible.every(isAllVisible) || (await view.hidesSome()),
  };
}

/** What is hidden of a run, for handles and lists. */
export function hiddenView({ scores, logs, outputs }: Visible) {
  const hidden = [
    ...(scores ? [] : (['results'] as const)),
    ...(logs ? [] : (['logs'] as const)),
    ...(outputs ? [] : (['outputs'] as const)),
  ];
  return hidden.length === 0 ? {} : { hidden };
}
