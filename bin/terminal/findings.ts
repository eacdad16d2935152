import { wrapped } from './text.ts';

/** The shown parts of a finding. */
interface Finding {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly commands: readonly string[];
}
type Severity = 'stops' | 'hurts' | 'information' | 'unchecked' | 'fine';

interface Report {
  readonly stack: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly findings: readonly Finding[];
}

/** Headings in the order in which they are shown. */
const headings: Readonly<Record<Severity, string>> = {
  stops: 'Stops the deployment',
  hurts: 'Warnings',
  information: 'Worth knowing',
  unchecked: 'Not checked',
  fine: 'Fine',
};
const order = Object.keys(headings) as Severity[];

const MIN_WIDTH = 40;
const MAX_WIDTH = 100;

/** A report as lines of text: the most serious findings first, commands unbroken, so that they can be copied. */
export function findingLines({ stack, account, region, findings }: Report, columns: number): string[] {
  const width = Math.min(Math.max(columns, MIN_WIDTH), MAX_WIDTH);
  const indent = 4 + Math.max(...findings.map(({ check }) => check.length));
  const groups = order.map((severity) => findings.filter((finding) => finding.severity === severity));
  const where = account === undefined ? [] : [`account ${account}`, `region ${region}`];
  return [
    [stack, ...where].join(', '),
    ...groups.flatMap((group) => groupLines(group, indent, width)),
    '',
    summary(findings),
  ];
}

function groupLines(group: readonly Finding[], indent: number, width: number): string[] {
  const [first] = group;
  if (!first) return [];
  const paragraphs = group.flatMap((finding, i) => [
    // A blank line separates findings of several lines.
    ...(i > 0 && finding.severity !== 'fine' ? [''] : []),
    ...findingOf(finding, indent, width),
  ]);
  return ['', headings[first.severity], ...paragraphs];
}

function findingOf({ check, message, commands }: Finding, indent: number, width: number): string[] {
  const blanks = ' '.repeat(indent);
  const [first = '', ...rest] = wrapped(message, width - indent);
  return [
    `  ${check}`.padEnd(indent) + first,
    ...rest.map((line) => blanks + line),
    ...commands.map((command) => `${blanks}$ ${command}`),
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const verb = count('stops') === 1 ? 'stops' : 'stop';
  const parts = [
    count('stops') > 0 ? `${count('stops')} ${verb} the deployment` : '',
    count('hurts') > 0 ? `${count('hurts')} ${count('hurts') === 1 ? 'warning' : 'warnings'}` : '',
    count('unchecked') > 0 ? `${count('unchecked')} not checked` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'Nothing stands in the way.' : `${parts.join(', ')}.`;
}
