/** Numbers of calls by `caller service operation`. */
export type CallCounts = Record<string, number>;

export type ToServer = 'calls' | 'close';

export type FromServer =
  | { readonly kind: 'ready'; readonly url: string; readonly operator: Readonly<Record<string, string>> }
  | { readonly kind: 'calls'; readonly counts: CallCounts };
