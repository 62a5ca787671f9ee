/** Promise: the query function answers as Neo4j's own HTTP endpoint does: status, type and body. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BothEndpoints } from './both-endpoints.ts';
import { comparable } from './comparable.ts';
import * as requests from './requests.ts';

const endpoints = new BothEndpoints();
beforeAll(async () => await endpoints.open());
afterAll(async () => await endpoints.close());

/** The same request to the server's own endpoint and to the query function: same status, same type, same body. */
describe.each(Object.entries(requests.groups))('%s', (_name, group) => {
  it.each(group)('%s', async (_what, request) => {
    const { server, ours } = await endpoints.send(request);
    expect(comparable(ours)).toEqual(comparable(server));
  });
});

describe('there are enough of them', () => {
  it('at least 150', () => {
    expect(Object.values(requests.groups).flat().length).toBeGreaterThanOrEqual(150);
  });
});
