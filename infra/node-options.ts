/**
 * What a function's Node is started with. With the young generation that Node would have, a worker takes a fifth more memory and no less
 * time (docs/performance.md).
 */
export const NODE_OPTIONS = '--enable-source-maps --max-semi-space-size=8';
