/** The budget of a contest as data: `read-budget.ts` reads it from the manifest. */
import * as z from 'zod';

/** What happens to new runs once the budget of a month is used up: they wait for the next one, or are canceled. */
export const BUDGET_RULES = ['wait', 'refuse'] as const;

export const budgetSchema = z.object({
  /** Micro-dollars that the ended runs of a month may cost, by list prices. */
  perMonth: z.number(),
  whenReached: z.enum(BUDGET_RULES),
});
export type Budget = Readonly<z.infer<typeof budgetSchema>>;

/** Percentages of the budget at which organisers are told. */
const ALERTS = [50, 80, 100] as const;

/** The alerts that a cost has reached, in ascending order. */
export const reachedAlerts = ({ perMonth }: Budget, micros: number): number[] =>
  ALERTS.filter((percent) => micros * 100 >= perMonth * percent);
