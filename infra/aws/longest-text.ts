import { type IResolvable, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import * as z from 'zod';

/** A text as long as a name that CloudFormation generates with the rest of its ARN or address. */
const MADE_NAME = 'x'.repeat(120);

/** The longest values that AWS gives these pseudo parameters. */
const longest: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-5',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const reference = z.object({ Ref: z.string() });

/** A text of the stack with the longest possible value for each reference: AWS's limits apply to the result. */
export const longestText = (scope: IConstruct, text: string | IResolvable): string =>
  longestOf(Stack.of(scope).resolve(text));

/** Returns the same for a text as templates contain it: a string, a reference, or several of these joined. */
export function longestOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = join.safeParse(value).data;
  if (joined) return joined['Fn::Join'][1].map(longestOf).join(joined['Fn::Join'][0]);
  const name = reference.safeParse(value).data?.Ref;
  return (name === undefined ? undefined : longest[name]) ?? MADE_NAME;
}
