/** The roles of a workflow in ascending order: each includes the rights of those before it. */
export const roles = ['viewer', 'organiser', 'owner'] as const;
export type Role = (typeof roles)[number];

/** Whether a role includes the rights of another. */
export const includesRole = (role: Role | undefined, least: Role): boolean =>
  role !== undefined && roles.indexOf(role) >= roles.indexOf(least);
