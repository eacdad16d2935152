/**
 * A condition or filter on an item. `#name` stands for the attribute of that name and `:name` for
 * `values.name`, so that an expression reads like the rule it states.
 */
export interface Condition {
  readonly expression: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Changes to the attributes of one item. `add` needs numbers; an absent attribute counts as 0. */
export interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

export const exists: Condition = { expression: 'attribute_exists(#pk)' };
export const absent: Condition = { expression: 'attribute_not_exists(#pk)' };
/** The item exists and is not being deleted. */
export const alive: Condition = {
  expression: 'attribute_exists(#pk) AND attribute_not_exists(#deleting)',
};

/** The item is marked as deleted, and its purge is not complete. */
export const marked: Condition = { expression: '#deleting = :yes', values: { yes: true } };

/** The item exists and was created at this time, so it is not another one with the same key. */
export const madeAt = (createdAt: string): Condition => ({
  expression: '#createdAt = :createdAt',
  values: { createdAt },
});

/** The item still has this id: another one may have taken its slot. */
export const hasId = (id: string): Condition => ({ expression: '#id = :id', values: { id } });

/** The item does not exist, or the time in one of its attributes is over. */
export const absentOrOver = (attribute: string, now: string | number): Condition => ({
  expression: `attribute_not_exists(#pk) OR #${attribute} <= :now`,
  values: { now },
});

/** All of several conditions. */
export function all(...conditions: readonly Condition[]): Condition {
  return {
    expression: conditions.map(({ expression }) => `(${expression})`).join(' AND '),
    values: Object.assign({}, ...conditions.map(({ values }) => values ?? {})),
  };
}

/** Names and values in the form that DynamoDB takes; empty maps are left out, since it rejects them. */
export function placeholders(text: string, values: Readonly<Record<string, unknown>> = {}) {
  const names = Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([name, plain]) => [name, plain ?? '']));
  const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
  return {
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(named).length > 0 ? { ExpressionAttributeValues: named } : {}),
  };
}

/** The condition part of a write. */
export function conditionInput(condition: Condition | undefined) {
  if (!condition) return {};
  return {
    ConditionExpression: condition.expression,
    ...placeholders(condition.expression, condition.values),
  };
}

/** The update part of a write together with its condition. Values of changes are named `:set_…`, `:add_…`. */
export function updateInput(change: Change, condition?: Condition) {
  const set = Object.entries(change.set ?? {}).filter(([, value]) => value !== undefined);
  const add = Object.entries(change.add ?? {});
  const clauses = [
    set.length > 0 ? `SET ${set.map(([name]) => `#${name} = :set_${name}`).join(', ')}` : '',
    add.length > 0 ? `ADD ${add.map(([name]) => `#${name} :add_${name}`).join(', ')}` : '',
    change.remove && change.remove.length > 0
      ? `REMOVE ${change.remove.map((name) => `#${name}`).join(', ')}`
      : '',
  ];
  const update = clauses.filter((clause) => clause !== '').join(' ');
  const values = {
    ...condition?.values,
    ...Object.fromEntries(set.map(([name, value]) => [`set_${name}`, value])),
    ...Object.fromEntries(add.map(([name, value]) => [`add_${name}`, value])),
  };
  return {
    UpdateExpression: update,
    ...(condition ? { ConditionExpression: condition.expression } : {}),
    ...placeholders(`${update} ${condition?.expression ?? ''}`, values),
  };
}
