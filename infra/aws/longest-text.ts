import { type IResolvable, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import * as z from 'zod';

/** As long as names are that CloudFormation makes, with what is around them in an ARN or an address. */
const MADE_NAME = 'x'.repeat(120);

/** The longest that AWS gives stand for these. */
const longest: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-5',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};

const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const reference = z.object({ Ref: z.string() });

/** A text of the stack with the longest that may come in place of each reference: AWS's limits are of that. */
export const longestText = (scope: IConstruct, text: string | IResolvable): string =>
  longestOf(Stack.of(scope).resolve(text));

/** The same of a text as templates have it: itself, a reference, or several of these joined. */
export function longestOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = join.safeParse(value).data;
  if (joined) return joined['Fn::Join'][1].map(longestOf).join(joined['Fn::Join'][0]);
  const name = reference.safeParse(value).data?.Ref;
  return (name === undefined ? undefined : longest[name]) ?? MADE_NAME;
}
