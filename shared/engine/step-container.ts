/** Containers of a task definition (Amazon ECS service quotas), without `stage` and `warden`. */
export const MAX_STEPS_OF_TASK = 8;

/** An inline Map of Step Functions processes 40 items at a time; fewer keep a run from taking most of a stage. */
export const MAX_STEPS_OF_WAVE = 10;

/** Name of the container that runs the commands of a task's step; the position counts from 0. */
export const stepContainerName = (position: number): string => ofPosition('step', position);

/** A name in a task definition, or a variable, that belongs to the step at a position. The first has no number. */
export const ofPosition = (name: string, position: number): string =>
  position === 0 ? name : `${name}${position}`;
