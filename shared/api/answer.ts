/** What an operation answers; the edge turns it into an HTTP response. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly json: unknown }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'file';
      readonly content: Buffer;
      readonly contentType: string;
      readonly disposition: string;
    }
  | { readonly kind: 'redirect'; readonly location: string };

export const ok = (json: unknown): Answer => ({ kind: 'json', status: 200, json });
export const created = (json: unknown): Answer => ({ kind: 'json', status: 201, json });
export const nothing: Answer = { kind: 'nothing' };
