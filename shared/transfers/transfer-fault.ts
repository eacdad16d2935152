/** Why a transfer cannot be completed, as a sentence that participants may read. */
export class TransferFault extends Error {
  override readonly name = 'TransferFault';
  /** Whether a repetition would fail again. */
  readonly isPermanent: boolean;

  constructor(
    message: string,
    { isPermanent, cause }: { readonly isPermanent: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.isPermanent = isPermanent;
  }
}

export const permanent = (message: string): TransferFault =>
  new TransferFault(message, { isPermanent: true });

/** The run ended, or another call completed the transfer, so that it serves no purpose. */
export class NotDue extends Error {
  override readonly name = 'NotDue';
}
