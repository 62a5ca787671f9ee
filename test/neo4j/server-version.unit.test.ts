/** Promise: a server from 5.18 on is accepted, an older one refused. */
import { expect, it } from 'vitest';
import { isSupported } from '../../lib/neo4j/schema/server-version.ts';

it.each(['5.18.0', '5.18', '5.26.30', '5.27-aura', '2025.01.0', '2026.08.1', '6.0.0', 'dev'])('accepts %s', version => {
  expect(isSupported(version)).toBe(true);
});

it.each(['5.17.0', '5.9.0', '4.4.38', '3.5', '5.2.18'])('refuses %s', version => {
  expect(isSupported(version)).toBe(false);
});
