/**
 * What planning needs to know about the arguments of a run.
 *
 * The template capability implements it; planning itself knows only the workflow, so that it stays a pure
 * function that can be tested without a template.
 */
export interface ExpansionContext {
  /**
   * Expands the `$[[…]]` references in a value of any shape. A string that is exactly one reference keeps
   * the argument's type; embedded references become text (flowServ template specification, references).
   *
   * @throws FlowservError for a missing argument or an unknown parameter.
   */
  readonly resolve: (value: unknown) => unknown;
  /** Whether a path refers to an optional parameter without a value, so that a list of files leaves it out. */
  readonly isLeftOut: (path: unknown) => boolean;
  /** Python's text form of a value, as commands see it: `True`, `10.0`, `None`; a file is its target path. */
  readonly textOf: (value: unknown) => string;
  /**
   * The action that was supplied for an actor parameter, or undefined when the parameter is optional and
   * was left out: its default only pre-fills forms and is never executed.
   *
   * @throws FlowservError when a required actor parameter has no argument.
   */
  readonly actionOf: (parameter: string) => unknown;
}
