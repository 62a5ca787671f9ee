import { type StorableType, typedJson } from '../column-type.ts';
import { fail } from '../value.ts';

export const stringType: StorableType<string> = {
  name: 'STRING',
  encode: value => (typeof value === 'string' ? value.toWellFormed() : fail(value, 'a string')),
  listable: true,
  asked: ({ kind }) => kind === 'string' || kind === 'template_literal',
  headers: {
    string: { expected: 'a text', read: text => text },
    char: { expected: 'one character', read: text => ([...text].length === 1 ? text : undefined) },
  },
  stored: {
    form: 'string',
    text: value => JSON.stringify(value),
    queryApi: {
      types: ['String'],
      write: value => typedJson('String', value.toWellFormed()),
      read: content => content,
    },
    jolt: { sigil: 'U', read: text => text },
  },
};
