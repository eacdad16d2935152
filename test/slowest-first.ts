import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longer than a minute, the longest first. If one started last, a single worker would be busy while
 * the others are idle.
 */
const SLOWEST = [
  'test/end-to-end/restarts.test.ts',
  'test/bench/bench.test.ts',
  'test/fuzz/requests.test.ts',
  'test/package/package.test.ts',
];

/** Runs the slowest files first, from all projects; the others follow in Vitest's own order. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const position = ({ moduleId }: TestSpecification) => {
      const found = SLOWEST.findIndex((path) => moduleId.endsWith(path));
      return found === -1 ? SLOWEST.length : found;
    };
    return sorted.toSorted((one, other) => position(one) - position(other));
  }
}
