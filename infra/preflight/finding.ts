/** Effect of a finding on the deployment, the most serious first. */
export type Severity = 'stops' | 'hurts' | 'information' | 'unchecked' | 'fine';

/** The judgement of a rule about a response. */
export interface Verdict {
  readonly severity: Severity;
  /** One or two sentences: the state, and what to do about it if no command does it. */
  readonly message: string;
  /** Commands that fix it, or show more. */
  readonly commands: readonly string[];
}

/** A verdict with its check. */
export interface Finding extends Verdict {
  readonly check: string;
}

const verdict =
  (severity: Severity) =>
  (message: string, ...commands: readonly string[]): Verdict => ({ severity, message, commands });

/** The deployment fails. */
export const stops = verdict('stops');
/** The deployment may succeed, but the stage will not work as intended. */
export const hurts = verdict('hurts');
/** Nothing is wrong, but the operator should know it. */
export const informs = verdict('information');
/** The check got no response. */
export const unchecked = verdict('unchecked');
export const fine = verdict('fine');
