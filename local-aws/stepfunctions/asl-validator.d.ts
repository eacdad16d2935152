/** asl-validator 4.0.0 has no types; these cover the part in use. It modifies the definition that it checks. */
declare module 'asl-validator' {
  export default function validate(definition: object): {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
}
