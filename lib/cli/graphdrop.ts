#!/usr/bin/env node
// Nothing is imported before Node's version is known to have what the rest needs.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) await import('./main.ts');
else {
  console.error(
    `error graphdrop needs Node 22.18 or later, and this is ${process.versions.node}: see https://nodejs.org`,
  );
  process.exitCode = 1;
}

export {};
