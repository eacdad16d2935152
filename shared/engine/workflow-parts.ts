import type { Location } from '../documents/problem.ts';
import type { PythonMapping, PythonValue } from '../documents/python-value.ts';

/** A value that has not been read yet, and where it stands. */
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
  /** Mapping with the paths of `inputs` and `outputs`; in the legacy grammar there is none. */
  readonly files: Unread;
  /** Undefined where its absence or form has been reported. */
  readonly action:
    | {
        readonly value: PythonValue;
        readonly location: Location;
        /** Keys of the step that stand in the same mapping. */
        readonly others?: readonly string[];
      }
    | undefined;
}

/** What both grammars of a serial workflow come down to, each part with its place in the document. */
export interface WorkflowParts {
  readonly inputs: UnreadPaths;
  readonly outputs: UnreadPaths;
  readonly parameters: Unread;
  readonly stepsLocation: Location;
  readonly steps: readonly UnreadStep[];
}
