import * as z from 'zod';
import { architectures } from '../../shared/architecture.ts';
import { KEPT_DAYS, MAX_KEPT_DAYS } from '../../shared/config.ts';
import { distinctEngines, MAX_ENGINES, stageEngine } from '../../shared/engine-setting.ts';
import { networks } from '../../shared/networks.ts';
import { priceSchemas } from '../../shared/price-settings.ts';
import { sizeSchemas } from '../../shared/size-text.ts';
import { sizeProblems } from '../../shared/step-size.ts';
import { distinctVolumes, MAX_VOLUMES } from '../../shared/volume-setting.ts';
import {
  cachedRegistries,
  cacheLogin,
  checkLogins,
  checkPrefixes,
  mirrorPrefix,
  registryLogin,
  unreachable,
} from './image-settings.ts';
import { usableVolume } from './volume-settings.ts';

const GIB = 1024 ** 3;

/**
 * Settings of a stage in `stages.ts`, each with its default. Editors show these comments;
 * the table in docs/deploy.md has a row for each.
 */
export const stageSettings = z
  .strictObject({
    /** Keeps the table when the stack is deleted. Default: true for all stages but `dev`. */
    production: z.boolean().optional(),
    /**
     * Protects table and stack against deletion. Set it after the first deployment succeeded: CloudFormation cannot
     * roll back a failed one while its resources are protected.
     */
    protected: z.boolean().default(false),
    /**
     * Whether CloudFront is in front of the API. AWS rejects distributions of accounts that it did not verify; a stage
     * without one is reached at the gateway's own address.
     */
    cloudFront: z.boolean().default(true),
    /** Name in the service descriptor; by default the product's own. */
    apiName: z.string().min(1).max(200).optional(),
    /**
     * vCPUs that all runs together may hold; a run holds those of its largest step. A new account may use 6 vCPU of
     * Fargate in a region (Amazon ECS, service quotas).
     */
    capacity: z.int().min(1).max(10_000).default(6),
    /** Sizes of steps. CPU and memory must be a task size of Fargate. */
    steps: z
      .strictObject({
        /** The size of a step whose worker requests none. */
        default: z
          .strictObject({
            /** vCPUs. */
            cpu: sizeSchemas.cpu.prefault(1),
            /** Memory, such as `4 GiB`. */
            memory: sizeSchemas.memory.prefault('2 GiB'),
            /** GiB of disk, from 21 to 200; Fargate charges for more than 20. */
            disk: sizeSchemas.disk.prefault(21),
            /** Time limit, such as `90 s`, `30 min` or `2 h`. */
            timeout: sizeSchemas.timeout.prefault('24 h'),
          })
          .prefault({}),
        /** The largest size that a worker may request. */
        maximum: z
          .strictObject({
            /** vCPUs. */
            cpu: sizeSchemas.cpu.prefault(4),
            /** Memory. */
            memory: sizeSchemas.memory.prefault('30 GiB'),
            /** GiB of disk, at most 200. */
            disk: sizeSchemas.disk.prefault(200),
            /** Time limit, at most 6 days. */
            timeout: sizeSchemas.timeout.prefault('24 h'),
          })
          .prefault({}),
      })
      .prefault({}),
    /**
     * Instances for steps of the organiser with a GPU, one step each, and none while no such step runs. They need
     * `network: 'private'`.
     */
    gpu: z
      .strictObject({
        /** A type with one GPU. */
        instanceType: z
          .string()
          .regex(/^(g4dn|g5|g6|g6e)\.(|2|4|8|16)xlarge$/, {
            error: 'must be a size of g4dn, g5, g6 or g6e with one GPU, such as g5.2xlarge',
          })
          .default('g4dn.xlarge'),
        /** vCPUs of a step: those of the instance. */
        cpu: sizeSchemas.cpu.prefault(4),
        /** Memory of a step: 2 GiB less than that of the instance. */
        memory: sizeSchemas.memory.prefault('14 GiB'),
        /** GiB of disk of a step. */
        disk: sizeSchemas.disk.prefault(50),
        /** Maximum number of instances. */
        instances: z.int().min(1).max(100).default(1),
      })
      .optional(),
    /**
     * Prices of tasks in US dollars per hour, in place of those of us-east-1 in `shared/list-prices.ts`: for another
     * region, or with discounts. What is absent stays.
     */
    prices: z
      .strictObject({
        /** The day on which they were looked up, such as `2026-12-01`. */
        date: z.iso.date(),
        /** The region that they apply to. */
        region: z.string().regex(/^[a-z0-9-]{1,32}$/),
        /** Fargate on demand by processor: `{ X86_64: { cpu: 0.04048, memory: 0.004445 } }`, of a vCPU and a GiB. */
        fargate: z.optional(priceSchemas.rates),
        /** The same of Fargate Spot. */
        fargateSpot: z.optional(priceSchemas.rates),
        /** One GiB of disk above 20 GiB. */
        disk: z.optional(priceSchemas.disk),
        /** Instances with a GPU by type: `{ 'g5.xlarge': 1.006 }`. */
        instances: z.optional(priceSchemas.instances),
      })
      .optional(),
    /** Who may read results: members of the group, or everyone, as in the original flowServ. */
    readAccess: z.enum(['members', 'public']).default('members'),
    /** Whom a list of users shows: everyone, as in the original flowServ, or members of own groups and organisers. */
    userList: z.enum(['all', 'members']).default('members'),
    /** Days for which deleted workflows, groups and runs can be restored; 0 removes them at once. */
    keptDays: z.int().min(0).max(MAX_KEPT_DAYS).default(KEPT_DAYS),
    /** Origins of other web pages that may use the API; `*` for all, which never get credentials. */
    allowedOrigins: z
      .array(z.union([z.literal('*'), z.string().regex(/^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/)]))
      .min(1)
      .default(['*']),
    /** Who gets an account: everyone, users that the operator approves, or no further user. */
    signUp: z.enum(['open', 'approval', 'closed']).default('approval'),
    /** Bytes of the largest file that a participant may upload: by default the limit of a run's tree, at most 5 TB. */
    uploadLimit: z
      .int()
      .min(1)
      .max(5_000_000_000_000)
      .default(5 * GIB),
    /**
     * The most that one user may use. The defaults are for a contest with a few dozen participants: 24 vCPU hours a day
     * are about 1 USD (Fargate, us-east-1), 20 GiB about 0.5 USD a month (S3 Standard).
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
        /** Bytes that are stored within a day, deleted ones included: their bucket keeps these for 30 days. */
        storedBytesPerDay: z
          .int()
          .min(0)
          .default(40 * GIB),
      })
      .prefault({}),
    /** Sender of password-reset mail, verified in SES. Without it the operator resets passwords. */
    mailFrom: z.email().optional(),
    /**
     * Requests with `?wait=` that one instance of a function holds for up to 20 seconds. Each of them keeps an instance
     * busy and is charged for its whole time, so an account with few concurrent instances should leave it at 0.
     */
    maxWaiting: z.int().min(0).max(1000).default(0),
    /** Requests per second that the gateway accepts before it responds with 429. */
    requestRate: z.int().min(1).max(10_000).default(50),
    /** Burst of requests that the gateway accepts before it responds with 429. */
    requestBurst: z.int().min(1).max(5_000).default(100),
    /**
     * Instances that are reserved for the functions of passwords and of running steps, and also their maximum. Default:
     * none, because an account must keep 100 unreserved and a new one has 10 (Lambda, "Configuring reserved
     * concurrency").
     */
    reservedConcurrency: z
      .strictObject({
        /** Of the function of accounts and passwords. */
        auth: z.int().min(2).max(1000).optional(),
        /** Of the function that running steps call. */
        broker: z.int().min(2).max(1000).optional(),
      })
      .default({}),
    /** Custom domain of the API with its certificate, which CloudFront accepts from us-east-1 only. */
    domain: z
      .strictObject({
        /** The domain name; its DNS record points to the output `DistributionName`. */
        name: z.hostname(),
        /** ARN of the name's certificate. */
        certificateArn: z.string().regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]+$/),
      })
      .optional(),
    /** ARN of a web ACL for CloudFront, such as one with a rate rule. */
    webAclArn: z
      .string()
      .regex(/^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\//)
      .optional(),
    /** Address that gets mail from alarms, after it confirmed the subscription. */
    alarmEmail: z.email().optional(),
    /**
     * Monthly budget of the whole account in US dollars. AWS sends mail to `alarmEmail` at 80 %, at 100 %, and when the
     * forecast exceeds it. A budget notifies and stops nothing. Not for opt-in regions, where CloudFormation does not
     * support budgets and rejects the template.
     */
    monthlyBudget: z.int().min(1).optional(),
    /** Minutes that the first run of the queue may wait before an alarm is raised. */
    queueAlarmMinutes: z.int().min(1).max(10_080).default(60),
    /** Whether to create a dashboard. An account has three free of charge; another one is 3 dollars a month. */
    dashboard: z.boolean().default(true),
    /** Days after which log lines expire. */
    logDays: z.literal([7, 14, 30, 90, 180, 365]).default(30),
    /** Image with Node for `stage` and `warden`; preferably with a digest. */
    stagingImage: z
      .string()
      .regex(/^[a-z0-9][\w./:@-]{0,254}$/)
      .default('public.ecr.aws/docker/library/node:24-alpine'),
    /** Image of code steps whose template and worker name none: Python 3.8 or later. */
    codeImage: z
      .string()
      .regex(/^[a-z0-9][\w./:@-]{0,254}$/)
      .default('public.ecr.aws/docker/library/python:3.12-slim'),
    /**
     * How tasks reach the internet: `public` with an address each, `private` through a NAT gateway, which costs about 35
     * USD a month, or `isolated` not at all, but over endpoints that cost about 60 USD a month. Choose it before the
     * first deployment: the subnets of one kind use the address ranges of the others.
     */
    network: z.enum(networks).default('public'),
    /** Processor of the images of steps, unless the worker of a step names another. ARM64 costs a fifth less. */
    architecture: z.enum(architectures).default('X86_64'),
    /** Replacements of image prefixes; the longest matching prefix applies. */
    imageMirrors: z.record(z.string(), mirrorPrefix).check(checkPrefixes).default({}),
    /**
     * Public registries that ECR caches in this account: `true`, or the ARN of a secret with the login if the registry
     * needs one. Participants pull with this login too, so it must read public images only.
     */
    imageCaches: z.partialRecord(z.enum(cachedRegistries), cacheLogin).check(checkLogins).default({}),
    /**
     * Logins of private registries by a prefix of the images' full names, for images that a template itself names in
     * the organiser's steps. Name the key if the secret has a key of its own.
     */
    registryLogins: z.record(z.string(), registryLogin).check(checkPrefixes).default({}),
    /** Remote engines that workflows may run on, with the secrets of their tokens. See docs/engines.md. */
    engines: z.array(stageEngine).max(MAX_ENGINES).check(distinctEngines).prefault([]),
    /** Storage volumes that workers may use, with the secrets of their credentials. See docs/storage-volumes.md. */
    volumes: z.array(usableVolume).max(MAX_VOLUMES).check(distinctVolumes).prefault([]),
    /**
     * Private ECR repositories of this account and region whose images steps may use, as names or patterns with `*`.
     * A participant who may name an image can read everything that matches.
     */
    imageRepositories: z.array(z.string().regex(/^[a-z0-9*][a-z0-9._/*-]{0,255}$/)).default([]),
  })
  .check(
    z.refine(({ monthlyBudget, alarmEmail }) => monthlyBudget === undefined || alarmEmail !== undefined, {
      path: ['monthlyBudget'],
      message: "needs 'alarmEmail', which gets the mail",
    }),
    z.refine(({ cloudFront, domain, webAclArn }) => cloudFront || (!domain && webAclArn === undefined), {
      path: ['cloudFront'],
      message: "a stage without CloudFront does not support 'domain' and 'webAclArn'; remove them",
    }),
  )
  .check(({ value, issues }) => {
    for (const [path, message] of sizeProblems({ ...value.steps, capacity: value.capacity })) {
      issues.push({ code: 'custom', path: ['steps', ...path], message, input: value });
    }
  })
  .check(
    z.refine(({ gpu, network }) => !gpu || network === 'private', {
      path: ['gpu'],
      message:
        "needs 'network: private', since instances with a GPU have no address of their own; a stage that was deployed with another network cannot change it",
    }),
    z.refine(({ gpu, capacity }) => !gpu || gpu.cpu <= capacity, {
      path: ['gpu', 'cpu'],
      message: "exceeds the stage's 'capacity'",
    }),
  )
  .check((context) => {
    if (context.value.network !== 'isolated') return;
    for (const [setting, message] of Object.entries(unreachable(context.value))) {
      context.issues.push({ code: 'custom', path: [setting], message, input: context.value });
    }
  });

/** What `stages.ts` exports: settings of stages by name. */
export type Stages = Readonly<Record<string, z.input<typeof stageSettings>>>;
