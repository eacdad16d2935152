/** requested: waits for an organiser. A declined user may be approved later. */
export const participantStates = ['requested', 'approved', 'declined'] as const;
export type ParticipantState = (typeof participantStates)[number];
