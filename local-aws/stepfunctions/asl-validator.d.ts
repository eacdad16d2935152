/** asl-validator 4.0.0 ships no types; this is the part that is used. It writes into the definition it is given. */
declare module 'asl-validator' {
  export default function validate(definition: object): {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
}
