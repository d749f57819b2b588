/**
 * Stands in for TypeBox inside the bundle. The pure operations' files build their schemas when they load, but only
 * `run` is used there: their schemas are in the bundle as JSON and as precompiled validators.
 */
export const Type: unknown = new Proxy({}, { get: () => () => ({}) });
