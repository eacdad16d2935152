/**
 * What planning needs from the arguments of a run.
 *
 * `shared/template` implements it. Planning itself knows only the workflow, so it stays a pure function that can be
 * tested without a template.
 */
export interface ExpansionContext {
  /**
   * Expands the `$[[…]]` references in a value of any shape. A string that is exactly one reference keeps the
   * argument's type; embedded references become text (flowServ template specification, references).
   *
   * @throws FlowservError for a missing argument or an unknown parameter.
   */
  readonly resolve: (value: unknown) => unknown;
  /** Whether a path refers to an optional parameter without a value. Lists of files then leave the path out. */
  readonly isLeftOut: (path: unknown) => boolean;
  /** Python's text form of a value, as commands receive it: `True`, `10.0`, `None`; for a file, its target path. */
  readonly textOf: (value: unknown) => string;
  /**
   * The action supplied for an actor parameter. Undefined if the parameter is optional and has no argument: its
   * default only pre-fills forms and never runs.
   *
   * @throws FlowservError if a required actor parameter has no argument.
   */
  readonly actionOf: (parameter: string) => unknown;
}
