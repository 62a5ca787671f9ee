// Loaded before the CDK's command line, which asks a stack for its state every 5 and 2 seconds: here every quarter of a second.
const wait = globalThis.setTimeout;
globalThis.setTimeout = (callback, ms, ...rest) => wait(callback, ms === 5000 || ms === 2000 ? 250 : ms, ...rest);
