/** The primary key of an item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Sort key of the only, or the main, item of a partition. */
export const META = 'META';
