import { withoutEnding } from '../../values/without-ending.ts';
import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';

/**
 * Makes values of DynamoDB's typed JSON, `{"name": {"S": "Ann"}}`
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html). Numbers are numbers where those hold all
 * digits; else integers are bigints, and others stay texts.
 *
 * @throws ContentError without a line
 */
export function attributesOf(item: unknown, what: string): Record<string, unknown> {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw new ContentError(`${what} is ${describeValue(item)}, expected an object of DynamoDB's attributes`);
  const entries = Object.entries(item).map(([name, value]) => [name, readAttribute(value, `${what}.${name}`)]);
  return Object.fromEntries(entries);
}

function readAttribute(attribute: unknown, what: string): unknown {
  const [[type, content] = [], another] =
    typeof attribute === 'object' && attribute !== null ? Object.entries(attribute) : [];
  const value = type === undefined || another !== undefined ? undefined : READERS.get(type)?.(content, what);
  if (value === undefined)
    throw new ContentError(`${what} is ${describeValue(attribute)}, expected a value of DynamoDB such as {"S": "a"}`);
  return value;
}

/** By the type's name. Each gives undefined for what is none of its type. */
const READERS: ReadonlyMap<string, (content: unknown, what: string) => unknown> = new Map(
  Object.entries({
    S: (content: unknown) => (typeof content === 'string' ? content : undefined),
    N: number,
    B: bytes,
    BOOL: (content: unknown) => (typeof content === 'boolean' ? content : undefined),
    NULL: () => null,
    SS: (content: unknown) => listOf(content, item => (typeof item === 'string' ? item : undefined)),
    NS: (content: unknown) => listOf(content, number),
    BS: (content: unknown) => listOf(content, bytes),
    L: (content: unknown, what: string) => listOf(content, (item, index) => readAttribute(item, `${what}.${index}`)),
    M: (content: unknown, what: string) => attributesOf(content, what),
  }),
);

function listOf(content: unknown, read: (item: unknown, index: number) => unknown): unknown[] | undefined {
  if (!Array.isArray(content)) return undefined;
  const values = content.map(read);
  return values.includes(undefined) ? undefined : values;
}

function bytes(content: unknown): Uint8Array | undefined {
  return typeof content === 'string' ? Uint8Array.from(Buffer.from(content, 'base64')) : undefined;
}

/** DynamoDB's numbers have up to 38 digits. */
function number(content: unknown): number | bigint | string | undefined {
  if (typeof content !== 'string' || !/^-?\d{1,200}(?:\.\d{1,200})?(?:[eE][+-]?\d{1,3})?$/.test(content))
    return undefined;
  const value = Number(content);
  if (/^-?\d+$/.test(content)) return Number.isSafeInteger(value) ? value : BigInt(content);
  return digits(String(value)) === digits(content) ? value : content;
}

/** Returns a number's digits and the place of its point, however it is written. */
function digits(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutEnding(all, '0');
  return `${significant}e${Number(exponent) - fraction.length + all.length - significant.length}`;
}
