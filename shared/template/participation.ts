/** Who may take part in a benchmark, and how, as data: `read-participation.ts` reads it from the manifest. */
import * as z from 'zod';

/** Whether new members of a group must accept an invitation, or may be added without being asked. */
export const INVITATIONS = ['optional', 'required'] as const;

/** What happens to the group of a user who deletes the account and is its only member. */
export const ON_ACCOUNT_DELETION = ['keep', 'delete'] as const;

const rulesSchema = z.object({
  text: z.string(),
  /** Identifies the text: users accept this version, and another one again. */
  version: z.string(),
});
/** The rules of a benchmark, which users accept before their first run. */
export type Rules = Readonly<z.infer<typeof rulesSchema>>;

/** The settings as they are stored in a version of the workflow; an absent one is flowServ's behaviour. */
export const participationSchema = z.object({
  invitations: z.enum(INVITATIONS).default('optional'),
  onAccountDeletion: z.enum(ON_ACCOUNT_DELETION).default('keep'),
  rules: rulesSchema.nullable().default(null),
  /** Whether organisers approve each user who takes part. */
  approval: z.boolean().default(false),
});
export type Participation = Readonly<z.infer<typeof participationSchema>>;

/** Taking part as in flowServ, where the manifest says nothing else. */
export const STANDARD_PARTICIPATION: Participation = participationSchema.parse({});
