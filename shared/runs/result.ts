import * as z from 'zod';
import { itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import type { Key } from '../store/keys.ts';

/** Values of a result by column; a missing optional value is absent. Numbers are finite. */
export type ResultValues = Readonly<Record<string, number | string>>;

/** What the leaderboard stores of a run. */
export interface Result {
  readonly runId: string;
  readonly groupId: string;
  /** The leaderboard that it is on, by the number of its first version; absent means 1. */
  readonly rankedSince?: number | undefined;
  /** Id of the phase of its contest: phases are ranked by themselves. */
  readonly phase?: string | undefined;
  readonly createdAt: string;
  /** When the submission was made, if the run scores it again. */
  readonly submittedAt?: string | undefined;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly values: ResultValues;
  /** True if the group chose the run for the ranking of its contest. */
  readonly chosen?: boolean | undefined;
}

/**
 * The values are stored as JSON text because a result may be any double: a DynamoDB number ends at 1e126, and the SDK
 * accepts none beyond 2^53.
 */
const codec = itemCodec(
  1,
  z.object({
    runId: z.string(),
    groupId: z.string(),
    rankedSince: z.number().optional(),
    phase: z.string().optional(),
    createdAt: z.string(),
    submittedAt: z.string().optional(),
    startedAt: z.string(),
    finishedAt: z.string(),
    values: z.string(),
    chosen: z.boolean().optional(),
  }),
);
/** A column may have any name, even `__proto__`, which zod's `record` drops. */
export const resultValuesSchema = z.custom<ResultValues>(
  (values) =>
    typeof values === 'object' &&
    values !== null &&
    Object.values(values).every((value) => typeof value === 'number' || typeof value === 'string'),
);

export const rankedSinceOf = ({ rankedSince = 1 }: Pick<Result, 'rankedSince'>): number => rankedSince;

export const resultItem = (key: Key, result: Result): Item =>
  codec.write(key, { ...result, values: JSON.stringify(result.values) });

export function readResultItem(item: Item): Result {
  const { values, ...result } = codec.read(item);
  return { ...result, values: resultValuesSchema.parse(JSON.parse(values)) };
}
