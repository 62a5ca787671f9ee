/** Promise: a connection secret logs in with what it holds: a token, a user, or nothing. */
import { expect, it } from 'vitest';
import { authOf } from '../../lib/lambda/connection-secret.ts';

const uri = 'neo4j+s://db.example';

it.each([
  [
    { uri, username: 'neo4j', password: 'secret' },
    { username: 'neo4j', password: 'secret' },
  ],
  [{ uri, token: 'sso' }, { token: 'sso' }],
  [{ uri, username: 'neo4j', password: 'old', token: 'sso' }, { token: 'sso' }],
  [{ uri, username: 'neo4j' }, undefined],
  [{ uri }, undefined],
])('%j logs in with %j', (secret, auth) => {
  expect(authOf(secret)).toEqual(auth);
});
