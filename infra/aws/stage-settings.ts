import * as z from 'zod';
import { architectures } from '../../shared/architecture.ts';
import {
  cachedRegistries,
  cacheLogin,
  checkLogins,
  checkPrefixes,
  mirrorPrefix,
  registryLogin,
  unreachable,
} from './image-settings.ts';

const GIB = 1024 ** 3;

/**
 * Settings of a stage as `stages.ts` gives them, each with its default. The comments are what an editor shows there; the
 * table in docs/deploy.md has a row for each.
 */
export const stageSettings = z
  .strictObject({
    /** Keeps the table when the stack is deleted. True for all stages but `dev` where it is absent. */
    production: z.boolean().optional(),
    /**
     * Protects table and stack against deletion. To be set once the first deployment has succeeded: CloudFormation cannot
     * take back one that failed while its resources are protected.
     */
    protected: z.boolean().default(false),
    /**
     * Whether CloudFront stands in front. AWS refuses distributions to accounts that it has not verified; a stage
     * without one is reached by the gateway's own address.
     */
    cloudFront: z.boolean().default(true),
    /** Name that the service descriptor shows; the product's own where it is absent. */
    apiName: z.string().min(1).max(200).optional(),
    /**
     * Runs at the same time. A new account may use 6 vCPU of Fargate in a region (Amazon ECS, service quotas) and a
     * step takes one.
     */
    capacity: z.int().min(1).max(10_000).default(6),
    /** Who reads results: members of the group, or everybody as with the original. */
    readAccess: z.enum(['members', 'public']).default('members'),
    /** Origins of the web pages that may use the API beside its own; `*` for all, which never get credentials. */
    allowedOrigins: z
      .array(z.union([z.literal('*'), z.string().regex(/^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/)]))
      .min(1)
      .default(['*']),
    /** Who gets an account: everybody, who is approved by the operator, or nobody. */
    signUp: z.enum(['open', 'approval', 'closed']).default('approval'),
    /** Bytes of the largest file that a participant may upload: by default what a run's tree takes, at most 5 TB. */
    uploadLimit: z
      .int()
      .min(1)
      .max(5_000_000_000_000)
      .default(5 * GIB),
    /**
     * The most that one user may have. Defaults are for a contest of some dozens of participants: 24 vCPU hours a day are
     * about 1 USD (Fargate, us-east-1), 20 GiB about 0.5 USD a month (S3 Standard).
     */
    quotas: z
      .strictObject({
        /** Runs that wait or run. */
        activeRuns: z.int().min(0).default(10),
        /** Runs that are started within a day. */
        runsPerDay: z.int().min(0).default(100),
        /** Seconds of a vCPU that the steps of a day's runs take. */
        vcpuSecondsPerDay: z.int().min(0).default(86_400),
        /** Groups that the user owns. */
        groups: z.int().min(0).default(20),
        /** Bytes of uploads and results. */
        bytes: z
          .int()
          .min(0)
          .default(20 * GIB),
      })
      .prefault({}),
    /** Sender of password-reset mail, verified in SES. Without it the operator resets passwords. */
    mailFrom: z.email().optional(),
    /** Requests a second that the gateway takes before it answers 429. */
    requestRate: z.int().min(1).max(10_000).default(50),
    /** Requests at once that the gateway takes before it answers 429. */
    requestBurst: z.int().min(1).max(5_000).default(100),
    /**
     * Instances that the functions of passwords and of running steps have to themselves, and at most. None by default: an
     * account has to keep 100 for all others, and a new one has 10 (Lambda, "Configuring reserved concurrency").
     */
    reservedConcurrency: z
      .strictObject({
        /** Of the function of accounts and passwords. */
        auth: z.int().min(2).max(1000).optional(),
        /** Of the function that running steps call. */
        broker: z.int().min(2).max(1000).optional(),
      })
      .default({}),
    /** Own name of the API with its certificate, which CloudFront takes from us-east-1 only. */
    domain: z
      .strictObject({
        /** The name, whose record points to the output `DistributionName`. */
        name: z.hostname(),
        /** ARN of the name's certificate. */
        certificateArn: z.string().regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/),
      })
      .optional(),
    /** A web ACL for CloudFront, such as one with a rate rule. */
    webAclArn: z
      .string()
      .regex(/^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\//)
      .optional(),
    /** Where alarms are mailed to, once the address has confirmed. */
    alarmEmail: z.email().optional(),
    /**
     * US dollars a month of the whole account, of which AWS mails to `alarmEmail`: at 80 %, at 100 %, and when the month is
     * about to exceed them. A budget of AWS tells, it stops nothing. Not for opt-in regions, whose CloudFormation knows no
     * budgets and refuses the template.
     */
    monthlyBudget: z.int().min(1).optional(),
    /** Minutes that the first run of the queue may wait before an alarm is raised: what a contest promises. */
    queueAlarmMinutes: z.int().min(1).max(10_080).default(60),
    /** Whether there is a dashboard. An account has three of them free of charge; another one is 3 dollars a month. */
    dashboard: z.boolean().default(true),
    /** Days after which log lines are gone. */
    logDays: z.literal([7, 14, 30, 90, 180, 365]).default(30),
    /** Image with Node for `stage` and `warden`; best with a digest. */
    stagingImage: z
      .string()
      .regex(/^[a-z0-9][\w./:@-]{0,254}$/)
      .default('public.ecr.aws/docker/library/node:24-alpine'),
    /**
     * Whether tasks reach the web, or ECR, S3 and the ticket broker only, over endpoints that cost some 60 USD a month.
     * For a stage that is deployed for the first time: subnets of the one kind lie where those of the other would.
     */
    network: z.enum(['public', 'isolated']).default('public'),
    /** Processor of the images of steps, unless the worker of a step names another. ARM64 costs a fifth less. */
    architecture: z.enum(architectures).default('X86_64'),
    /** Where images are taken from instead, by a prefix of their full names, the longest first. */
    imageMirrors: z.record(z.string(), mirrorPrefix).check(checkPrefixes).default({}),
    /**
     * Public registries of which ECR keeps copies in this account: `true`, or for some the ARN of a secret with a login,
     * which serves participants too, so that it has to be one that reads public images only.
     */
    imageCaches: z.partialRecord(z.enum(cachedRegistries), cacheLogin).check(checkLogins).default({}),
    /**
     * Logins of private registries by a prefix of the images' full names, for images that a template itself names in
     * steps of the organiser's. The key is named where the secret has one of its own.
     */
    registryLogins: z.record(z.string(), registryLogin).check(checkPrefixes).default({}),
    /**
     * Private ECR repositories of this account and region whose images steps may use, as names or patterns with `*`.
     * A participant who may name an image can read everything that matches.
     */
    imageRepositories: z.array(z.string().regex(/^[a-z0-9*][a-z0-9._/*-]{0,255}$/)).default([]),
  })
  .check(
    z.refine(({ monthlyBudget, alarmEmail }) => monthlyBudget === undefined || alarmEmail !== undefined, {
      path: ['monthlyBudget'],
      message: "needs 'alarmEmail', which is told",
    }),
    z.refine(({ cloudFront, domain, webAclArn }) => cloudFront || (!domain && webAclArn === undefined), {
      path: ['cloudFront'],
      message: "a stage without CloudFront has no place for 'domain' and 'webAclArn'; leave them out",
    }),
  )
  .check((context) => {
    if (context.value.network === 'public') return;
    for (const [setting, message] of Object.entries(unreachable(context.value))) {
      context.issues.push({ code: 'custom', path: [setting], message, input: context.value });
    }
  });

/** What `stages.ts` exports: settings of stages by name. */
export type Stages = Readonly<Record<string, z.input<typeof stageSettings>>>;
