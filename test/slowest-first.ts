import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longer than a minute, the longest first. One that comes last would keep one worker busy while the
 * others have nothing left to do.
 */
const SLOWEST = [
  'test/end-to-end/restarts.test.ts',
  'test/bench/bench.test.ts',
  'test/fuzz/requests.test.ts',
  'test/package/package.test.ts',
];

/** Runs the slowest files first, whatever their project; the others follow in Vitest's own order. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const found = SLOWEST.findIndex((path) => moduleId.endsWith(path));
      return found === -1 ? SLOWEST.length : found;
    };
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}
