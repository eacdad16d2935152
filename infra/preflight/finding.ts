/** What a finding means for the deployment, the gravest first. */
export type Severity = 'stops' | 'hurts' | 'information' | 'unchecked' | 'fine';

/** What a rule makes of an answer. */
export interface Verdict {
  readonly severity: Severity;
  /** One or two sentences: what is so, and what to do where no command does it. */
  readonly message: string;
  /** Commands that mend it, or show more. */
  readonly commands: readonly string[];
}

/** A verdict with the check that it comes from. */
export interface Finding extends Verdict {
  readonly check: string;
}

const verdict =
  (severity: Severity) =>
  (message: string, ...commands: readonly string[]): Verdict => ({ severity, message, commands });

/** The deployment fails. */
export const stops = verdict('stops');
/** The deployment may succeed, but participants or the operator will suffer. */
export const hurts = verdict('hurts');
/** Worth knowing; nothing is wrong. */
export const informs = verdict('information');
/** Nothing is known. */
export const unchecked = verdict('unchecked');
export const fine = verdict('fine');
