/**
 * Directions of a transfer: from storage volumes before a step (and its inputs to its worker's volume), and the outputs
 * to that volume after it.
 */
export const transferPhases = ['before', 'after'] as const;
export type TransferPhase = (typeof transferPhases)[number];
