import type { HeaderType, StorableType } from '../column-type.ts';
import { fail } from '../value.ts';

/** Only the text `true` is true, in neo4j-admin's and Neptune's files alike. */
const header: HeaderType = {
  expected: 'a boolean',
  read: text => text.trim() === 'true',
  odd: text => (/^\s*(?:true|false)\s*$/.test(text) ? undefined : 'was read as false: only the text true is true'),
};

export const booleanType: StorableType<boolean> = {
  name: 'BOOLEAN',
  encode: value => (typeof value === 'boolean' ? value : fail(value, 'a boolean')),
  listable: true,
  asked: ({ kind }) => kind === 'boolean',
  headers: { boolean: header, bool: header },
  stored: {
    form: 'boolean',
    text: value => (value ? 'T' : 'F'),
    queryApi: {
      types: ['Boolean'],
      write: value => `{"$type":"Boolean","_value":${value}}`,
      read: content => content,
    },
    jolt: { sigil: '?', read: text => text === 'true' },
  },
};
