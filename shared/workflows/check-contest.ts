import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { Contest } from '../template/contest.ts';
import type { ResultSchema } from '../template/result-schema.ts';

/** Checks that the ranking of a contest, in the manifest, fits the result schema of the template. */
export function checkContest(
  { ranking }: Contest,
  results: ResultSchema | undefined,
  location: Location,
): void {
  if (!ranking) return;
  const element = "'contest.ranking' of the manifest";
  if (!results) {
    report(location, `${element} needs a section 'results' in the template`);
    return;
  }
  const names = results.columns.map(({ name }) => name);
  for (const name of Object.keys(ranking.decimals)) {
    const column = results.columns.find((one) => one.name === name);
    const where = `${element}: decimals of '${quotedText(name)}'`;
    if (!column) {
      report(location, `${where}, which is not a column of 'results'${didYouMean(nearestName(name, names))}`);
    } else if (column.dtype !== 'float') {
      report(location, `${where}, which is not a float column`);
    }
  }
}
