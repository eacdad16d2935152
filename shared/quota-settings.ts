import * as z from 'zod';

/** Maximum of something per user; absent or empty means no limit. */
const quota = z
  .union(
    [z.literal('').transform(() => undefined), z.coerce.number().int().nonnegative()],
    'must be a number',
  )
  .optional();

/** The settings of the quotas of users, as environment variables. */
export const quotaVariables = {
  FLOWSERV_QUOTA_ACTIVE_RUNS: quota,
  FLOWSERV_QUOTA_RUNS_PER_DAY: quota,
  FLOWSERV_QUOTA_VCPU_SECONDS_PER_DAY: quota,
  FLOWSERV_QUOTA_GROUPS: quota,
  FLOWSERV_QUOTA_BYTES: quota,
  FLOWSERV_QUOTA_STORED_BYTES_PER_DAY: quota,
};

type Values = z.output<z.ZodObject<typeof quotaVariables>>;

/** Maximum amounts per user; undefined means no limit. */
export const quotasOf = (values: Values) => ({
  activeRuns: values.FLOWSERV_QUOTA_ACTIVE_RUNS,
  runsPerDay: values.FLOWSERV_QUOTA_RUNS_PER_DAY,
  vcpuSecondsPerDay: values.FLOWSERV_QUOTA_VCPU_SECONDS_PER_DAY,
  groups: values.FLOWSERV_QUOTA_GROUPS,
  bytes: values.FLOWSERV_QUOTA_BYTES,
  storedBytesPerDay: values.FLOWSERV_QUOTA_STORED_BYTES_PER_DAY,
});
