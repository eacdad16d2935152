import { createRequire } from 'node:module';
import type aslValidator from 'asl-validator';

const require = createRequire(import.meta.url);
let validate: typeof aslValidator | undefined;

/**
 * Returns what asl-validator rejects; undefined if it accepts the definition. It is loaded with the first definition,
 * as it compiles its schemas then, which takes most of a second.
 */
export function languageFault(definition: object): string | undefined {
  validate ??= sharingSchemas(require('asl-validator'));
  // It modifies the definition.
  const outcome = validate(structuredClone(definition));
  return outcome.isValid ? undefined : outcome.errorsText('; ');
}

type AjvClass = new (options: object) => object;

/**
 * Makes asl-validator compile its schemas once. Its release 4.0.0 creates an Ajv for each definition, which compiles
 * them again for a quarter of a second. Here it gets the first one again, while it runs and no other code can.
 */
function sharingSchemas(validator: typeof aslValidator): typeof aslValidator {
  const module: { default: AjvClass } = createRequire(require.resolve('asl-validator'))('ajv');
  const { default: Ajv } = module;
  let compiled: object | undefined;
  return (definition) => {
    let used = compiled;
    module.default = new Proxy(Ajv, {
      construct(target, [options]) {
        // Its keywords are defined, and Ajv rejects a second definition. Each validation keeps its own errors.
        if (compiled) return Object.create(compiled, { addKeyword: { value: () => {} } });
        used = new target(options);
        return used;
      },
    });
    try {
      const outcome = validator(definition);
      compiled = used;
      return outcome;
    } finally {
      module.default = Ajv;
    }
  };
}
