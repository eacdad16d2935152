/** Who reads a reason of organisers: everyone who sees what it is about, or organisers only. */
export const visibilities = ['public', 'private'] as const;
