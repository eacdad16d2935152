import manifest from '../../package.json' with { type: 'json' };

/** Version of the product, as the service descriptor shows it. */
export const version: string = manifest.version;
