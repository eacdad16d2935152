import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { Contest } from '../template/contest.ts';
import { type FileAccess, isPrivate } from '../template/file-access.ts';
import type { ResultSchema } from '../template/result-schema.ts';

/** A static file of the source. */
interface SourceFile {
  readonly path: string;
  readonly access: FileAccess;
}

/**
 * Checks that a contest, in the manifest, fits the template and the static files: its ranking the result schema, and the
 * inputs of its phases the private files.
 *
 * @param files undefined if they are not known
 */
export function checkContest(
  contest: Contest,
  results: ResultSchema | undefined,
  files: readonly SourceFile[] | undefined,
  location: Location,
): void {
  checkRanking(contest, results, location);
  if (files) checkInputs(contest, files, location);
}

/** Only private files replace private ones, so that no participant's step gets another file because of the phase. */
function checkInputs({ phases = [] }: Contest, files: readonly SourceFile[], location: Location): void {
  const all = files.map(({ path }) => path);
  const check = (phase: string, path: string) => {
    const file = files.find((one) => one.path === path);
    if (file && isPrivate(file)) return;
    const why = file
      ? "is not a private file; set 'access: private'"
      : `is not a static file${didYouMean(nearestName(path, all))}`;
    report(
      location,
      `'contest.phases' of the manifest: inputs of phase '${phase}': '${quotedText(path)}' ${why}`,
    );
  };
  for (const { id, inputs = [] } of phases) {
    for (const { path, by } of inputs) {
      check(id, path);
      check(id, by);
    }
  }
}

function checkRanking({ ranking }: Contest, results: ResultSchema | undefined, location: Location): void {
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
