import type { RunDiff } from '../../../shared/api/answers.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

export const addDiffRuns: AddCommand = (parent, cli) => {
  parent
    .command('diff')
    .description('compare two runs: arguments, images, result files and values')
    .argument('<run>', 'identifier of the first run')
    .argument('<other>', 'identifier of the second run')
    .addOption(jsonOption())
    .action(async (id: string, other: string, { json }: JsonChoice) => {
      const diff = await (await cli.client()).runs.diff(id, other);
      if (json) return cli.json(diff);
      for (const line of notesOf(diff)) cli.print(line);
      const rows = rowsOf(diff);
      if (rows.length > 0) cli.table(columnsOf(diff), rows);
    });
};

function notesOf(diff: RunDiff): string[] {
  const { first, second, sameVersion, omitted } = diff;
  return [
    ...(first.state === second.state ? [] : [`The first run is ${first.state}, the second ${second.state}.`]),
    ...(sameVersion ? [] : ['The runs used different versions of the workflow.']),
    ...(omitted === 0 ? [] : [`${omitted} more differences are not shown.`]),
    ...(rowsOf(diff).length === 0 ? ['Arguments, images, files and values are the same.'] : []),
  ];
}

const columnsOf = ({ first, second }: RunDiff) =>
  ['What', 'Name', first.id, second.id].map((name) => ({ name, type: 'string' as const }));

function rowsOf(diff: RunDiff): string[][] {
  const rows = <T>(
    what: string,
    list: readonly { readonly name: string; readonly first: T | null; readonly second: T | null }[],
    text: (side: T) => string,
  ) =>
    list.map(({ name, first, second }) => [
      what,
      name,
      ...[first, second].map((side) => (side === null ? '-' : text(side))),
    ]);
  return [
    ...rows('argument', diff.arguments, valueText),
    ...rows('image', diff.images, ({ image, digest }) => `${image} (${shortDigest(digest)})`),
    ...rows('reuse', diff.reuse ?? [], ({ runId }) => `outputs of run ${runId}`),
    ...rows('file', diff.files, ({ size, sha256 }) => `${size} bytes (${shortDigest(sha256)})`),
    ...rows('value', diff.results, valueText),
  ];
}

/** Longest value in a table. */
const MAX_TEXT = 60;

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : nameOfFile(value);
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`.toWellFormed();
}

/** A file by its name and its content; any other value as JSON. */
function nameOfFile(value: unknown): string {
  const isFile = typeof value === 'object' && value !== null && 'sha256' in value && 'file' in value;
  if (!isFile) return JSON.stringify(value);
  return `${value.file ?? 'deleted file'} (${shortDigest(String(value.sha256))})`;
}

/** Enough of a digest to tell two apart. */
const shortDigest = (digest: string) => digest.replace('sha256:', '').slice(0, 12);
