import type { AwsCall } from './world/aws.ts';

/** A fault of the product: what a request contains if a line of it is missing or wrong. */
type Planted = (call: AwsCall) => Readonly<Record<string, unknown>> | undefined;

interface Transaction {
  readonly TransactItems: readonly Readonly<Record<string, unknown>>[];
}

/** Changes a request of DynamoDB as text. */
const asText =
  (change: (text: string) => string): Planted =>
  ({ input }) =>
    JSON.parse(change(JSON.stringify(input)));

/** Leaves out the actions of transactions whose text matches. */
const withoutAction =
  (pattern: RegExp, unless = /^$/): Planted =>
  ({ operation, input }) => {
    const text = JSON.stringify(input);
    if (operation !== 'TransactWriteItems' || unless.test(text)) return input;
    const { TransactItems } = input as unknown as Transaction;
    const left = TransactItems.filter((item) => !pattern.test(JSON.stringify(item)));
    return left.length === 0 ? undefined : { ...input, TransactItems: left };
  };

interface PlantedFault {
  readonly plant: Planted;
  /** The invariants that it breaks in one of a few seeds. */
  readonly breaks: readonly string[];
}

const USAGE = 'usage and costs equal what is recomputed from the steps of all runs';

/** Faults of the product, each with what notices it. */
export const planted: Readonly<Record<string, PlantedFault>> = {
  'a run changes its state whatever state it is in': {
    plant: asText((text) =>
      text.replace(
        '"#state = :state AND attribute_not_exists(#deleting)"',
        '"attribute_exists(#state) AND :state = :state AND attribute_not_exists(#deleting)"',
      ),
    ),
    breaks: ['every run has had one final state'],
  },
  'a limit is checked before the transaction only': {
    plant: asText((text) =>
      text.replaceAll(
        '"attribute_not_exists(#used) OR #used <= :room"',
        '"attribute_not_exists(#used) OR #used <= :room OR :room = :room"',
      ),
    ),
    breaks: ['no limit was exceeded at any time'],
  },
  'the result of a repeatable request is not stored': {
    plant: withoutAction(/"pk":\{"S":"REQUEST#/),
    breaks: ['no run is doubled'],
  },
  'a success does not mark the leaderboard': {
    plant: withoutAction(/:add_dirty/),
    breaks: ['the leaderboard equals the one recomputed from the runs'],
  },
  'a success does not ask for post-processing': {
    plant: asText((text) => text.replaceAll('":add_trigger":{"N":"1"}', '":add_trigger":{"N":"0"}')),
    breaks: ['post-processing has seen the last set of ranked runs'],
  },
  'the end of a run does not release what it reserved': {
    plant: withoutAction(/"USE#.*":add_used":\{"N":"-1"\}/),
    breaks: [
      'limits equal what is recomputed from the runs',
      'sums of quotas equal those of the reservations',
    ],
  },
  'the end of a run does not free its vCPUs': {
    plant: withoutAction(/"pk":\{"S":"STAGE"\}.*:add_inUse":\{"N":"-/),
    breaks: ['every run is final', 'the stage holds no capacity'],
  },
  'the usage of a run is added again': {
    plant: asText((text) => text.replace('(attribute_not_exists(#usage))', '(attribute_exists(#state))')),
    breaks: [USAGE],
  },
  'the usage of a run is not added to its group': {
    plant: withoutAction(/"sk":\{"S":"GROUP#\d{4}-\d\d#/),
    breaks: [USAGE],
  },
  'the sweep finds nothing': {
    plant: ({ operation, input }) =>
      operation === 'Query' && 'IndexName' in input
        ? JSON.parse(JSON.stringify(input).replace(/"S":"2\d{3}-[^"]*"/, '"S":"0"'))
        : input,
    breaks: ['the sweep has nothing left to do'],
  },
};
