import * as z from 'zod';
import { isExpression } from './expression.ts';
import { template, text } from './template.ts';

/** Arguments of `lambda:invoke` (AWS Step Functions developer guide, "Invoke an AWS Lambda function"). */
export const lambdaArguments = z.strictObject({
  FunctionName: text,
  InvocationType: z.literal('RequestResponse').optional(),
  Payload: template.optional(),
});

/** A literal of the given kind, or an expression that returns one. */
const or = <T extends z.ZodType>(schema: T) => z.string().refine(isExpression).or(schema) satisfies z.ZodType;
const scalar = z.union([text, z.number()]);
const named = z.strictObject({ Name: text, Value: scalar });
const containerOverride = z.strictObject({
  Name: text,
  Command: or(z.array(text)).optional(),
  Environment: or(z.array(named)).optional(),
  Cpu: scalar.optional(),
  Memory: scalar.optional(),
  MemoryReservation: scalar.optional(),
});

/** The part of RunTask's request (Amazon ECS API reference) that one Fargate task needs. */
export const runTaskArguments = z.strictObject({
  Cluster: text,
  TaskDefinition: text,
  LaunchType: text.optional(),
  PlatformVersion: text.optional(),
  CapacityProviderStrategy: or(
    z.array(z.strictObject({ CapacityProvider: text, Weight: scalar.optional(), Base: scalar.optional() })),
  ).optional(),
  NetworkConfiguration: or(
    z.strictObject({
      AwsvpcConfiguration: z.strictObject({
        Subnets: or(z.array(text)),
        SecurityGroups: or(z.array(text)).optional(),
        AssignPublicIp: text.optional(),
      }),
    }),
  ).optional(),
  Overrides: or(
    z.strictObject({
      Cpu: text.optional(),
      Memory: text.optional(),
      ContainerOverrides: or(z.array(containerOverride)).optional(),
    }),
  ).optional(),
  Group: text.optional(),
  PropagateTags: text.optional(),
  EnableECSManagedTags: or(z.boolean()).optional(),
  StartedBy: text.optional(),
  Tags: or(z.array(z.strictObject({ Key: text, Value: text }))).optional(),
});
