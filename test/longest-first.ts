import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of projects: those with the longest files first. The last ones have small files, so that all workers end at
 * the same time. The files of a project follow each other, because a worker starts again for another project. Other
 * projects come first.
 */
const PROJECTS = ['isolated', 'slow units', 'end-to-end', 'faults', 'waiting units', 'smoke', 'units'];

/** Files that take longer than ten seconds, the longest first. */
const LONGEST = [
  'test/end-to-end/restarts.test.ts',
  'test/bench/bench.test.ts',
  'test/package/package.test.ts',
  'test/faults/faults.test.ts',
  'test/faults/planted.test.ts',
  'test/faults/submissions.test.ts',
  'test/bin/verify.test.ts',
  'test/fuzz/requests.test.ts',
  'test/infra/synth.test.ts',
  'test/end-to-end/faults.test.ts',
  'test/bundle/functions.test.ts',
  'test/template/fuzz.test.ts',
  'test/end-to-end/post-processing.test.ts',
  'test/end-to-end/interruptions.test.ts',
  'test/end-to-end/life-cycle.test.ts',
  'test/bin/processes.test.ts',
  'test/end-to-end/removal.test.ts',
  'test/client/client.test.ts',
  'test/attacks/slow-requests.test.ts',
  'test/infra/rules.test.ts',
  'test/reports/small-disks.test.ts',
  'test/bin/operator-commands.test.ts',
  'test/end-to-end/healing.test.ts',
  'test/api-http/authorization-matrix.test.ts',
  'test/attacks/code-of-steps.test.ts',
  'test/staging/step-end.test.ts',
];

/** Runs the files of one project after those of another, the longest first; the others follow in Vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => {
      const [a, b] = [rankOf(one), rankOf(other)];
      return a.group - b.group || a.project - b.project || a.file - b.file;
    });
  }
}

function rankOf({ moduleId, project }: TestSpecification) {
  const found = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return {
    group: project.config.sequence.groupOrder,
    project: PROJECTS.findIndex((name) => project.name.startsWith(name)),
    file: found === -1 ? LONGEST.length : found,
  };
}
