import { formatTable } from '../../bin/terminal/table.ts';
import { type Figure, isReached, type Target } from './figure.ts';
import { CLIENTS } from './load.ts';
import type { Machine } from './machine.ts';

/** The content of the file with the results. */
export interface Report {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** The report as lines of text. */
export function formatReport({ at, quick, machine, figures }: Report): string[] {
  const { processor, cores, loadBefore, loadAfter, node, memoryMb } = machine;
  const columns = [
    { name: 'Figure', type: 'string' },
    { name: 'Value', type: 'string' },
    { name: 'Target', type: 'string' },
    { name: 'Reached', type: 'string' },
  ] as const;
  const rows = figures.map((figure) => [
    figure.name,
    valueText(figure),
    targetText(figure),
    reachedText(figure),
  ]);
  const missed = figures.filter((figure) => isReached(figure) === false).length;
  return [
    ...formatTable(columns, rows),
    '',
    `${at}, ${cores} cores (${processor}), ${memoryMb} MB, Node.js ${node}`,
    `load of the machine ${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after;` +
      ` ${CLIENTS} clients and the steps share its cores with the server`,
    ...(quick ? ['sizes are reduced: the figures only show that the measurements work'] : []),
    missed === 0 ? 'every target is reached' : `${missed} targets are missed`,
  ];
}

function reachedText(figure: Figure): string {
  const reached = isReached(figure);
  return reached === undefined ? '' : reached ? 'yes' : 'no';
}

const valueText = ({ value, unit }: Figure): string => `${rounded(value)} ${unit}`;

function targetText({ target, unit }: Figure): string {
  return target ? `${wordOf(target)} ${unit}` : '';
}

const wordOf = (target: Target): string =>
  'atMost' in target ? `at most ${rounded(target.atMost)}` : `at least ${rounded(target.atLeast)}`;

/** Three digits, or all before the decimal point. */
function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}
