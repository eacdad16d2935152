/** Processors that tasks run on, by their names in ECS (Amazon ECS API reference, RuntimePlatform). */
export const architectures = ['X86_64', 'ARM64'] as const;
export type Architecture = (typeof architectures)[number];
