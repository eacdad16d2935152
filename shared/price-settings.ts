import * as z from 'zod';
import { type Architecture, architectures } from './architecture.ts';
import { LIST_PRICES, type Prices } from './list-prices.ts';

/** Prices by which the steps of a stage are estimated and charged. */
export interface Pricing extends Prices {
  /** Processor of steps whose worker names none. */
  readonly architecture: Architecture;
  /** Type of the instances with a GPU. */
  readonly gpuInstance: string;
}

/** US dollars per hour: more than the most expensive instance of AWS, so that a wrong unit is noticed. */
const MAX_RATE = 1_000;
/** A function has 4 KB for all of its settings (Lambda quotas). */
const MAX_INSTANCES = 20;

const usdPerHour = z.number('must be US dollars per hour').min(0).max(MAX_RATE);
const rates = z.partialRecord(z.enum(architectures), z.strictObject({ cpu: usdPerHour, memory: usdPerHour }));

/** The members of the setting of prices. */
export const priceSchemas = {
  rates,
  disk: usdPerHour,
  instances: z
    .record(z.string().regex(/^[a-z0-9.-]{1,32}$/), usdPerHour)
    .refine((types) => Object.keys(types).length <= MAX_INSTANCES, `at most ${MAX_INSTANCES} types`),
} as const;

/** Prices that replace those of the list; what is absent stays. */
const pricesSetting = z.strictObject({
  date: z.iso.date(),
  region: z.string().regex(/^[a-z0-9-]{1,32}$/),
  fargate: rates.optional(),
  fargateSpot: rates.optional(),
  disk: priceSchemas.disk.optional(),
  instances: priceSchemas.instances.optional(),
});
type PricesSetting = z.infer<typeof pricesSetting>;

const asJson = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: 'custom', message: 'must be a JSON object', input: text });
    return z.NEVER;
  }
});

/** The settings of prices, as environment variables. */
export const priceVariables = {
  FLOWSERV_PRICES: asJson.pipe(pricesSetting).optional(),
  FLOWSERV_STEP_GPU_INSTANCE: z.string().min(1).default('g4dn.xlarge'),
};

type Values = z.output<z.ZodObject<typeof priceVariables>> & { readonly FLOWSERV_ARCHITECTURE: Architecture };

export const pricingOf = (values: Values): Pricing => ({
  ...pricesOf(values.FLOWSERV_PRICES),
  architecture: values.FLOWSERV_ARCHITECTURE,
  gpuInstance: values.FLOWSERV_STEP_GPU_INSTANCE,
});

/** The variables of prices; none for what is not set. */
export const priceEnvironment = ({
  prices,
  gpuInstance,
}: {
  readonly prices: PricesSetting | undefined;
  readonly gpuInstance: string | undefined;
}): Record<string, string> => ({
  ...(prices && { FLOWSERV_PRICES: JSON.stringify(prices) }),
  ...(gpuInstance !== undefined && { FLOWSERV_STEP_GPU_INSTANCE: gpuInstance }),
});

/** The list with the prices of a setting in place of its own. */
function pricesOf(setting: PricesSetting | undefined): Prices {
  const list = LIST_PRICES;
  if (!setting) return list;
  const { date, region, fargate, fargateSpot, disk = list.disk, instances } = setting;
  return {
    date,
    region,
    fargate: { ...list.fargate, ...fargate },
    fargateSpot: { ...list.fargateSpot, ...fargateSpot },
    disk,
    instances: { ...list.instances, ...instances },
  };
}
