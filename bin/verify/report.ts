import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleaning } from './clean-up.ts';
import type { Result } from './run-checks.ts';

export interface Report {
  readonly stage: string;
  readonly region: string;
  readonly url: string;
  readonly gateway: string;
  /** Whether the AWS services were those of a local stack: then the result applies to the product, not to AWS. */
  readonly isLocal: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly results: readonly Result[];
  readonly cleaning: Cleaning;
}

/**
 * Writes a report for people and one for programs.
 *
 * @returns the paths of the two files
 */
export function writeReport(folder: string, report: Report): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const name = join(folder, report.startedAt.replace(/[:.]/g, '-'));
  const texts = { md: markdown(report), json: `${JSON.stringify(report, null, 2)}\n` };
  return Object.entries(texts).map(([suffix, text]) => {
    const path = `${name}.${suffix}`;
    writeFileSync(path, text);
    return path;
  });
}

export const countOf = (results: readonly Result[], outcome: Result['outcome']): number =>
  results.filter((result) => result.outcome === outcome).length;

export const summary = (results: readonly Result[]): string =>
  (['passed', 'failed', 'skipped'] as const)
    .map((outcome) => `${countOf(results, outcome)} ${outcome}`)
    .join(', ');

function markdown(report: Report): string {
  const { stage, region, url, gateway, isLocal, startedAt, finishedAt, results, cleaning } = report;
  return [
    `# Verification of stage ${stage}`,
    '',
    `${url}, at the gateway ${gateway}; ${region}; ${startedAt} to ${finishedAt}.`,
    '',
    `**${summary(results)}.**${isLocal ? ' A local stack was verified: this shows nothing about AWS.' : ''}`,
    '',
    '| Check | Outcome | Seconds | What it shows |',
    '| --- | --- | --- | --- |',
    ...results.map(
      ({ id, outcome, seconds, proves, reason }) =>
        `| \`${id}\` | ${outcome} | ${seconds} | ${cell(outcome === 'passed' ? proves : (reason ?? ''))} |`,
    ),
    ...results.flatMap(section),
    '',
    '## Removed afterwards',
    '',
    ...list(cleaning.removed),
    ...(cleaning.left.length > 0
      ? ['', 'Not removed; the next run tries again:', '', ...list(cleaning.left)]
      : []),
    '',
  ].join('\n');
}

function section({ id, title, proves, outcome, reason, evidence }: Result): string[] {
  if (outcome === 'skipped') return [];
  return [
    '',
    `## \`${id}\`: ${outcome}`,
    '',
    `${title}. Shows: ${proves}.`,
    ...(reason === undefined ? [] : ['', `**${reason}**`]),
    '',
    ...JSON.stringify(evidence ?? {}, null, 2)
      .split('\n')
      .map((line) => `    ${line}`),
  ];
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const list = (lines: readonly string[]) =>
  lines.length > 0 ? lines.map((line) => `- ${line}`) : ['- nothing'];
