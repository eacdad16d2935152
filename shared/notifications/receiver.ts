/** The outcome of an attempt. */
export type Attempted =
  | { readonly ok: true; readonly status?: number }
  | {
      /** Why it failed. */
      readonly problem: string;
      /** Status of the response, if there was one. */
      readonly status?: number;
      /** True if another attempt would fail as well. */
      readonly isFinal?: boolean;
    };

/** Who gets a message: the reason why it is not sent any more, or how an attempt is made. */
export type Receiver =
  | { readonly gone: string }
  | {
      /** No attempt is made before this time. */
      readonly waitsUntil?: string | undefined;
      readonly attempt: () => Promise<Attempted>;
      /** Notes the outcome with the receiver. */
      readonly note?: (attempted: Attempted) => Promise<void>;
    };
