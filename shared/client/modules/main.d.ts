// What TypeScript finds under the package's name: the same for every runtime.

export * from './index.js';
export type * from './types.js';
