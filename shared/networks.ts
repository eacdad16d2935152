/**
 * Kinds of networks of tasks: each task has a public address; all use the address of a NAT gateway; or none reaches the
 * internet.
 */
export const networks = ['public', 'private', 'isolated'] as const;
