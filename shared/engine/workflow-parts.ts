import type { Location } from '../documents/problem.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';

/** A value that is not read yet, with its location. */
export interface Unread {
  readonly value: PythonValue | undefined;
  readonly location: Location;
}

/** A list of paths: a member of a mapping. */
export interface UnreadPaths {
  readonly fields: PythonMapping;
  readonly key: string;
  readonly location: Location;
}

export interface UnreadStep {
  readonly name: string;
  readonly location: Location;
  readonly expansion: PythonValue | undefined;
  readonly cache: PythonValue | undefined;
  /** Mapping with the paths of `inputs` and `outputs`; absent in the legacy grammar. */
  readonly files: Unread;
  /** Undefined if its absence or form was already reported. */
  readonly action:
    | {
        readonly value: PythonValue;
        readonly location: Location;
        /** Keys of the step that are in the same mapping. */
        readonly others?: readonly string[];
      }
    | undefined;
}

/** The parts of a serial workflow in either grammar, each with its location in the document. */
export interface WorkflowParts {
  readonly inputs: UnreadPaths;
  readonly outputs: UnreadPaths;
  readonly parameters: Unread;
  readonly stepsLocation: Location;
  readonly steps: readonly UnreadStep[];
}
