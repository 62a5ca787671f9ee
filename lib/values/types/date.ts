import neo4j, { type Date as NeoDate } from 'neo4j-driver';
import { byFunction, headerType, type StorableType, sharedText } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { dateText } from '../server-text.ts';
import { DATE, dayIn, dayOf, extended, form, matched } from '../temporal-fields.ts';
import type { Part } from '../value.ts';

const { types } = neo4j;
const FORM = form(DATE);

/** The driver's Date, or ISO text such as `2024-02-29`. */
export const dateType: StorableType<NeoDate<Part>> = {
  name: 'DATE',
  encode,
  listable: true,
  classes: [types.Date],
  asked: ({ kind, formats }) => kind === 'string' && formats.some(({ format }) => format === 'date'),
  headers: { date: headerType('a date such as 2026-01-31', text => encode(extended(text))) },
  stored: {
    form: 'object',
    text: value => `DATE ${value}`,
    ...sharedText('Date', 'T', read),
    answer: { meta: 'date', json: value => JSON.stringify(dateText(value)) },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

function encode(value: unknown): NeoDate<Part> {
  const given = isInstance(value, types.Date) ? value : matched(FORM, value);
  const { year, month, day } = dayOf(given, value, 'a date (the driver’s Date or text such as 2024-02-29)');
  return new types.Date(year, month, day);
}

const conversion = byFunction('date', String);

function read(text: string): unknown {
  const found = FORM.exec(text)?.groups;
  return found && new types.Date(...dayIn(found));
}
