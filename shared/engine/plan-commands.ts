import { invalid } from '../errors.ts';
import { namesOf } from './commands/command-names.ts';
import { conditionalBranches } from './commands/placeholders.ts';
import { referenceKind } from './commands/value-kind.ts';
import type { ExpansionContext } from './expansion-context.ts';
import type { PlanPlace } from './plan-input.ts';
import type { PlannedStep } from './run-plan.ts';
import type { ContainerAction } from './step-action.ts';
import { expandWithResults, type ResultUse } from './step-results.ts';
import { checkValue } from './step-values.ts';

/** Plans the commands of a container step. */
export function planCommands(
  { commands }: ContainerAction,
  place: PlanPlace,
): Pick<PlannedStep, 'commands' | 'variables' | 'results'> {
  const { step, worker, known, planning } = place;
  const { seen, hidden } = resultsSeen(place);
  const variables = new Map<string, string>();
  const results = new Map<string, ResultUse>();
  const texts = commands.map((command) => {
    if (!place.isTheirs) checkNotHidden(command, place, hidden);
    const expanded = expandWithResults(
      command,
      {
        variables: known.variables,
        fixed: worker.variables,
        textOfReference: (inner) => referenceText(inner, known.context),
        expansion: step.expansion,
        kinds: planning.kinds,
        kindOfReference: (inner) => referenceKind(inner, planning.input.kinds),
      },
      seen,
    );
    for (const [name, value] of expanded.variables) {
      checkValue(name, value);
      variables.set(name, value);
    }
    for (const [name, use] of expanded.results) {
      results.set(name, { ...use, operand: use.operand || (results.get(name)?.operand ?? false) });
    }
    return expanded.text;
  });
  const used = results.size > 0 ? { results: Object.fromEntries(results) } : {};
  return { commands: texts, variables: Object.fromEntries(variables), ...used };
}

/**
 * Returns the variables that a step sees with the earlier step that set each last, and those that it does not see
 * because the step before saw private files.
 *
 * The result of a participant's step is for participants' steps only. The result of a step that sees private files is
 * part of its output, so a step that may run a participant's code does not get it.
 */
export function resultsSeen({ earlier, participantCode, isTheirs, planning }: PlanPlace) {
  const hasPrivate = planning.input.privateFiles.length > 0;
  const seen = new Map<string, number>();
  const hidden = new Map<string, string>();
  for (const { sets, skipped, index, name, ...before } of earlier) {
    if (sets === undefined || skipped || (before.leaves !== undefined && !isTheirs)) continue;
    if (hasPrivate && !before.participantCode && participantCode) hidden.set(sets, name);
    else seen.set(sets, index);
  }
  return { seen, hidden };
}

/** @throws FlowservError 400 `step.variable` for a variable that the step would need and does not get. */
function checkNotHidden(command: string, { step }: PlanPlace, hidden: ReadonlyMap<string, string>): void {
  const name = hidden.size === 0 ? undefined : [...namesOf(command)].find((one) => hidden.has(one));
  if (name === undefined) return;
  const why = `step '${hidden.get(name)}' sets '${name}' and sees private files, while this step may run a participant's code`;
  throw invalid('step.variable', `step '${step.name}': ${why}`);
}

/**
 * Inside a command, an omitted branch of a conditional reference is empty; the argument null is the word None (flowServ
 * template specification, text forms).
 */
function referenceText(inner: string, context: ExpansionContext): string {
  const value = context.resolve(`$[[${inner}]]`);
  const isOmitted = value === null && conditionalBranches(inner) !== null;
  return value === undefined || isOmitted ? '' : context.textOf(value);
}
