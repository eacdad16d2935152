import { hasWildcard } from '../documents/wildcard.ts';
import { covers } from '../template/output-paths.ts';
import { type PlannedStep, plannedSize } from './run-plan.ts';
import { MAX_STEPS_OF_WAVE } from './step-container.ts';
import { neededResults } from './step-values.ts';
import { usesVolumes } from './step-volumes.ts';

/**
 * Waves of steps, in a workflow with `parallel: inferred`: the steps of a wave follow each other in the template and run
 * at the same time. Each of them starts from the tree that the wave before left, and the next wave gets the changes of
 * all of them. Without conflicts this gives the same tree as running them one after the other.
 */

/** What separates words in commands and values. */
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$[\]]+/;

/**
 * Divides the steps of a plan into waves, in their order. A step joins the wave of the step before it if it is
 * independent of all of its steps, has the same trust, and the wave has room for it.
 *
 * The last step that is executed has a wave of its own, because its task stores what the run keeps.
 *
 * @param capacity maximum number of vCPUs of a wave
 */
export function inWaves(steps: readonly PlannedStep[], capacity: number): PlannedStep[] {
  const executed = steps.filter(({ skipped }) => !skipped);
  const last = executed.at(-1);
  const waves: WaveStep[][] = [];
  for (const step of executed.map(waveStep)) {
    const wave = waves.at(-1);
    if (wave && step.planned !== last && fits(step, wave, capacity)) wave.push(step);
    else waves.push([step]);
  }
  const numbers = new Map(
    waves.flatMap((wave, number) => wave.map(({ planned }) => [planned.index, number])),
  );
  return steps.map((step) => {
    const wave = numbers.get(step.index);
    return wave === undefined ? step : { ...step, wave };
  });
}

/** The executed steps of the wave of a step, in order; only the step itself if its workflow has no waves. */
export function waveOf<Step extends Pick<PlannedStep, 'index' | 'wave' | 'skipped'>>(
  steps: readonly Step[],
  step: Step,
): readonly Step[] {
  if (step.wave === undefined) return [step];
  return steps.filter(({ wave, skipped }) => wave === step.wave && !skipped);
}

/** The executed steps of the wave before that of a step; none for the first wave. */
export function waveBefore<Step extends Pick<PlannedStep, 'index' | 'wave' | 'skipped'>>(
  steps: readonly Step[],
  step: Step,
): readonly Step[] {
  const begin = waveOf(steps, step)[0]?.index ?? step.index;
  const before = steps.findLast(({ index, skipped }) => index < begin && !skipped);
  return before ? waveOf(steps, before) : [];
}

/** The executed steps of all waves, in order. */
export function wavesOf<Step extends Pick<PlannedStep, 'index' | 'wave' | 'skipped'>>(
  steps: readonly Step[],
): readonly (readonly Step[])[] {
  const waves: Step[][] = [];
  for (const step of steps) {
    if (step.skipped) continue;
    const wave = waves.at(-1);
    if (wave && step.wave !== undefined && wave[0]?.wave === step.wave) wave.push(step);
    else waves.push([step]);
  }
  return waves;
}

/** A step with the words of its commands and values. */
interface WaveStep {
  readonly planned: PlannedStep;
  readonly words: readonly string[];
}

const waveStep = (planned: PlannedStep): WaveStep => ({ planned, words: wordsOf(planned) });

function fits(step: WaveStep, wave: readonly WaveStep[], capacity: number): boolean {
  const all = [...wave, step];
  const vcpus = all.reduce((sum, { planned }) => sum + plannedSize(planned).cpu, 0);
  return (
    all.length <= MAX_STEPS_OF_WAVE && vcpus <= capacity && wave.every((other) => areIndependent(other, step))
  );
}

/**
 * Whether two steps, the earlier one first, may run at the same time: both list what they read and write, neither
 * writes what the other reads or writes, and both have the same trust. So a participant's step never runs beside one of
 * the organiser, and a step that sees private files never beside one that does not.
 */
function areIndependent(one: WaveStep, other: WaveStep): boolean {
  const [a, b] = [one.planned, other.planned];
  if (a.writes === undefined || b.writes === undefined) return false;
  // Transfers to and from volumes are made one after the other.
  if (usesVolumes(a) || usesVolumes(b)) return false;
  if ((a.leaves === undefined) !== (b.leaves === undefined) || a.participantCode !== b.participantCode)
    return false;
  if (neededResults(b).includes(a.index) || (a.sets !== undefined && a.sets === b.sets)) return false;
  return !affects(one, other) && !affects(other, one);
}

/** Whether a step writes what another one reads, writes, or names in its commands or values. */
function affects({ planned: { writes = [] } }: WaveStep, { planned, words }: WaveStep): boolean {
  const used = [...planned.inputs, ...(planned.writes ?? [])];
  return writes.some((path) => used.some((other) => overlap(path, other)) || isNamed(fixedPart(path), words));
}

/** Whether a path, or one below it, is among words. Words may be long: a participant writes some of them. */
const isNamed = (path: string, words: readonly string[]): boolean =>
  words.some((word) => word === path || word.startsWith(`${path}/`));

/** Whether two declared paths may have a file in common. A path with a wildcard counts as the folder above it. */
export const overlap = (path: string, other: string): boolean =>
  overlapFixed(fixedPart(path), fixedPart(other));

/** The same of the fixed parts of two paths. */
export const overlapFixed = (a: string, b: string): boolean =>
  a === '' || b === '' || covers(a, b) || covers(b, a);

/** The folder above the first wildcard of a path, or the path without a final slash; '' is the run directory. */
export function fixedPart(path: string): string {
  const names = path.split('/').filter((name) => name !== '');
  const wild = names.findIndex(hasWildcard);
  return names.slice(0, wild < 0 ? names.length : wild).join('/');
}

/** The relative paths that a step names without declaring them. */
function wordsOf({ commands, variables, env, call }: PlannedStep): readonly string[] {
  const context = call ? [call.request, ...Object.values(call.context)] : [];
  const texts = [...commands, ...Object.values(variables), ...Object.values(env), ...context];
  return [...new Set(texts.flatMap((text) => text.split(BETWEEN_WORDS)).map(normal))];
}

const normal = (word: string): string =>
  word
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
