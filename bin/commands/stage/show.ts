import { type PurgeKind, purgeKinds, type Waiting } from '../../../shared/store/purge.ts';
import type { AddCommand } from '../options.ts';

export const addShowStage: AddCommand = (parent, cli) => {
  parent
    .command('show')
    .description(
      'show whether runs are admitted, how many vCPUs they hold, and what is not yet purged (operator)',
    )
    .action(async () => {
      const operator = await cli.operator();
      const { paused, inUse, capacity } = await operator.stage();
      cli.print(`Admission : ${paused ? 'paused' : 'open'}`);
      cli.print(`vCPUs     : ${inUse} of ${capacity} in use`);
      cli.print(...purgeLines(await operator.waiting()));
    });
};

/** Deleted objects that are not yet purged: the number of each kind, then the workflows and groups by name. */
function purgeLines(waiting: readonly Waiting[]): string[] {
  if (waiting.length === 0) return ['To purge  : nothing'];
  const count = (kind: PurgeKind) => waiting.filter((one) => one.kind === kind).length;
  const counts = purgeKinds.flatMap((kind) => {
    const number = count(kind);
    return number === 0 ? [] : [`${number} ${kind}${number === 1 ? '' : 's'}`];
  });
  const named = waiting
    .filter(({ name }) => name !== undefined)
    .map(
      ({ kind, id, name, deletedAt, purgeAfter }) =>
        `  ${kind} ${id} '${name}', deleted ${deletedAt.slice(0, 19)}Z, purged from ${purgeAfter.slice(0, 19)}Z on`,
    );
  return [`To purge  : ${counts.join(', ')}`, ...named];
}
