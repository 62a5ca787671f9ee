/** Reads the records of a file, whole and without regard to its size. @throws if any of it is no record */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export function recordsOf(key: string, bytes: Buffer, options: { format?: string; delimiter?: string }): unknown[] {
  const packing = /\.(gz|zst)$/.exec(key)?.[1];
  const content = packing === 'gz' ? gunzipSync(bytes) : packing === 'zst' ? zstdDecompressSync(bytes) : bytes;
  const name = key.replace(/\.(gz|zst)$/, '').toLowerCase();
  const format = options.format ?? name.slice(name.lastIndexOf('.') + 1);
  const text = () => new TextDecoder('utf-8', { fatal: true }).decode(content);
  switch (format) {
    case 'ndjson':
    case 'jsonl':
      return text()
        .split('\n')
        .filter(line => line.trim() !== '')
        .map(parse);
    case 'json': {
      const value = parse(text());
      return Array.isArray(value) ? value : [value];
    }
    case 'csv':
    case 'tsv':
      return table(text(), options.delimiter ?? (format === 'csv' ? ',' : '\t'));
    case 'text':
      return [{ text: text() }];
    case 'bytes':
      return [{ bytes: new Uint8Array(content) }];
    default:
      throw new TypeError(`${key}: the oracle can't read ${format}`);
  }
}

/** Integers that a number can't hold are bigints. */
function parse(text: string): unknown {
  return JSON.parse(text, (_, value, context?: { source?: string }) =>
    typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') && !Number.isSafeInteger(value)
      ? BigInt(context?.source as string)
      : value,
  );
}

/** RFC 4180: the header's names, and of each line the cells that aren't empty. */
function table(text: string, delimiter: string): unknown[] {
  const lines: string[][] = [[]];
  let [cell, quoted] = ['', false];
  const end = () => {
    lines.at(-1)?.push(cell);
    cell = '';
  };
  const all = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  for (let at = 0; at < all.length; at += 1) {
    const char = all[at];
    if (quoted && char === '"' && all[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === delimiter) end();
    else if (!quoted && char === '\n') {
      end();
      lines.push([]);
    } else cell += char;
  }
  end();
  const [header = [], ...rows] = lines.filter(line => line.length > 1 || line[0] !== '');
  return rows.map(row => {
    if (row.length > header.length) throw new Error(`a row has ${row.length} cells, the header ${header.length}`);
    return Object.fromEntries(header.flatMap((name, n) => (row[n] ? [[name, row[n]]] : [])));
  });
}
