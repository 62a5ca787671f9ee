import { GraphdropError } from '../../errors.ts';

/** More at once than a worker's memory, or what stands before the server, takes. */
export class RequestTooLargeError extends GraphdropError {
  readonly code = 'REQUEST_TOO_LARGE';
}

/** Of one list, and so of the rows of a statement: 20,000 plain rows are some 5 MB. */
const MAX_CHARACTERS = 48_000_000;

/** The JSON list of values. @throws RequestTooLargeError beyond 48 million characters */
export function jsonList(values: readonly unknown[], toJson: (value: unknown) => string): string {
  let json = '';
  for (const value of values) {
    json += `${json === '' ? '' : ','}${toJson(value)}`;
    if (json.length > MAX_CHARACTERS)
      throw new RequestTooLargeError(`a list takes over ${MAX_CHARACTERS} bytes of JSON`);
  }
  return `[${json}]`;
}

/** The JSON object of named values. @throws RequestTooLargeError as {@link jsonList} does */
export function jsonMap(values: Readonly<Record<string, unknown>>, toJson: (value: unknown) => string): string {
  const fields = Object.entries(values).map(([name, value]) => `${JSON.stringify(name)}:${toJson(value)}`);
  return `{${fields.join(',')}}`;
}
