/**
 * The graph that some files declare, worked out anew: no code is shared with `lib`, nothing is incremental, nothing is fast.
 * Files in, graph out.
 */
import picomatch from 'picomatch';
import type { Declared, Flow, Source, Table } from './graphdrop.ts';
import { recordsOf } from './records.ts';
import { keyText, keyValue, textOf } from './values.ts';

/** Versions of an object, the newest first; null: a delete marker. */
export type Versions = readonly (Buffer | null)[];

interface Row {
  readonly table: Table;
  /** What tells the row from others of its table. */
  readonly identity: string;
  /** Whether it is an edge that is told by its ends. */
  readonly isKeyless: boolean;
  readonly from: string;
  readonly to: string;
  /** By property. */
  readonly texts: ReadonlyMap<string, string>;
  /** What a node is apart from its table's label, in order. */
  readonly labels: readonly string[];
  /** Its `versionBy` value. */
  readonly version: unknown;
}

/** What of an object is in force. */
export interface InForce {
  readonly bytes: Buffer;
  readonly rows: readonly Row[];
}

/** A property that a person demands to be unique in a node table that one file alone fills. */
export interface Unique {
  readonly label: string;
  readonly property: string;
}

export class Oracle {
  readonly flow: Flow;
  readonly unique: readonly Unique[];

  constructor(flow: Flow, unique: readonly Unique[] = []) {
    this.flow = flow;
    this.unique = unique;
  }

  /** Lines of the graph, in order: a node is `(:Label {name: value})`, an edge `(:A key)-[:TYPE {…}]->(:B key)`. */
  async graph(objects: ReadonlyMap<string, Versions>): Promise<string[]> {
    const { tables } = this.flow;
    const rows = new Map<Table, Map<string, Row>>(tables.map(table => [table, new Map()]));
    for (const file of (await this.inForce(objects)).values()) {
      for (const row of file.rows) {
        const present = rows.get(row.table)?.get(row.identity);
        // Objects come in order of their keys: where versions are equal the last one wins.
        if (present === undefined || !isLess(row.version, present.version)) rows.get(row.table)?.set(row.identity, row);
      }
    }
    return linesOf(rows);
  }

  /** By key, in order: of each object the newest version that is accepted, unless a delete marker comes first. */
  async inForce(objects: ReadonlyMap<string, Versions>): Promise<Map<string, InForce>> {
    const found = new Map<string, InForce>();
    const keys = [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of keys) {
      const version = await this.#newest(key, objects.get(key) ?? []);
      if (version !== null) found.set(key, version);
    }
    return found;
  }

  async #newest(key: string, versions: Versions): Promise<InForce | null> {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const source = this.flow.sources.find(({ glob }) => picomatch(glob, { dot: true })(key));
    if (source === undefined || /^([._]|$)/.test(name) || key.startsWith('_graphdrop/')) return null;
    for (const bytes of versions) {
      if (bytes === null) return null;
      const rows = await rowsOf(source, key, bytes);
      if (rows !== null && this.#isUnique(rows)) return { bytes, rows };
    }
    return null;
  }

  #isUnique(rows: readonly Row[]): boolean {
    return this.unique.every(({ label, property }) => {
      const nodes = new Map(rows.filter(({ table }) => table.name === label).map(row => [row.identity, row]));
      const values = [...nodes.values()].map(({ texts }) => texts.get(property)).filter(text => text !== undefined);
      return new Set(values).size === values.length;
    });
  }
}

/** @returns null: the file is rejected */
async function rowsOf(source: Source, key: string, bytes: Buffer): Promise<readonly Row[] | null> {
  const { record: schema, onInvalid, maxInvalidRecords = 1000 } = source.options;
  let records: unknown[];
  try {
    records = recordsOf(key, bytes, source.options);
  } catch (error) {
    if (error instanceof TypeError && error.message.includes("oracle can't")) throw error;
    return null;
  }
  const rows = new Map<string, Row>();
  let invalid = 0;
  for (const record of records) {
    try {
      const checked = (await schema?.['~standard'].validate(record)) as
        | { value?: unknown; issues?: unknown }
        | undefined;
      if (checked?.issues) throw new Error('does not validate');
      const given = await source.declare(checked === undefined ? record : checked.value, { key, size: bytes.length });
      if (given === undefined) throw new Error('returned nothing');
      const list = given === null ? [] : isList(given) ? [...given] : [given as Declared];
      // All of a record's rows or none.
      const added = new Map<string, Row>();
      for (const row of list.map(rowOf)) addRow(rows, added, row);
      for (const [place, row] of added) rows.set(place, row);
    } catch (error) {
      if (error instanceof Contradiction) return null;
      invalid += 1;
    }
  }
  return invalid > (onInvalid === 'skip' ? maxInvalidRecords : 0) ? null : [...rows.values()];
}

function isList(given: unknown): given is Iterable<Declared> {
  return Symbol.iterator in (given as object);
}

function rowOf({ table, record, from, to, labels = [] }: Declared): Row {
  const { primaryKey, columns, from: start, to: end, versionBy, vectors } = table;
  const ends = start && end ? ([endOf(start, from), endOf(end, to)] as const) : null;
  const derived = start && end && ends && derivedKey(start.name, ends[0], end.name, ends[1]);
  const given = record[primaryKey];
  const key = given === undefined || given === null ? (derived ?? given) : keyValue(given, columns?.[primaryKey]);
  if (key === undefined || key === null) throw new Error('has no key');
  const texts = new Map([[primaryKey, keyText(key)]]);
  for (const name of new Set([...Object.keys(record), ...Object.keys(columns ?? {})])) {
    if (name === primaryKey) continue;
    if (columns !== undefined && columns[name] === undefined) throw new Error(`no column ${name}`);
    const text = textOf(record[name], columns?.[name], vectors.has(name));
    if (text !== null) texts.set(name, text);
  }
  const own = new Set(labels.filter(label => label !== table.name));
  if ([...own].some(label => !table.labels.includes(label))) throw new Error('has a label that its table has not');
  const [fromText, toText] = ends === null ? ['', ''] : ends.map(keyText);
  // An edge without a key of its own is told by its ends.
  const isKeyless = derived !== null && key === derived;
  return {
    table,
    identity: isKeyless ? JSON.stringify([fromText, toText]) : keyText(key),
    isKeyless,
    from: fromText ?? '',
    to: toText ?? '',
    texts,
    labels: [...own].sort(),
    version: versionBy === undefined ? undefined : record[versionBy],
  };
}

function endOf(table: Table, given: unknown): unknown {
  return keyValue(given, table.columns?.[table.primaryKey]);
}

/** What an edge without a key has for its `id`: docs/types.md, "Keys". */
function derivedKey(fromLabel: string, from: unknown, toLabel: string, to: unknown): string {
  const joint = `_${toLabel}_`;
  const end = String(to);
  const isPlain = !end.startsWith('~') && !(joint + end).slice(1).includes(joint);
  const written = isPlain ? end : `~${end.replaceAll('~', '~0').replaceAll('_', '~1')}`;
  return `${fromLabel}_${from}${joint}${written}`;
}

/** Two records of a file that nothing tells between. */
class Contradiction extends Error {}

/** Keeps of a file's declarations of one row the one that holds. @throws if two of an edge without a key differ and none is newer */
function addRow(rows: ReadonlyMap<string, Row>, added: Map<string, Row>, row: Row): void {
  const { kind, name, from, to } = row.table;
  const place = JSON.stringify([kind, name, from?.name, to?.name, row.identity]);
  const present = added.get(place) ?? rows.get(place);
  if (present === undefined) {
    added.set(place, row);
    return;
  }
  const isNewer = isLess(present.version, row.version);
  const isOlder = isLess(row.version, present.version);
  const refuses = (row.table.onDuplicate ?? (row.isKeyless ? 'reject' : 'last')) === 'reject';
  const differs = contentOf(present) !== contentOf(row);
  if (refuses && differs && !isNewer && !isOlder)
    throw added.has(place) ? new Error('is declared twice') : new Contradiction('is declared twice');
  if (!isOlder) added.set(place, row);
}

function contentOf({ from, to, texts, labels }: Row): string {
  return `${from} ${to} ${labels.join(' ')} ${propertiesText(texts)}`;
}

function isLess(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === undefined && b !== undefined;
  return (a as number) < (b as number);
}

function linesOf(rows: ReadonlyMap<Table, ReadonlyMap<string, Row>>): string[] {
  const lines: string[] = [];
  const stubs = new Set<string>();
  for (const [table, found] of rows) {
    for (const { texts, from, to, labels } of found.values()) {
      const properties = propertiesText(texts);
      if (table.from === undefined || table.to === undefined) {
        lines.push(nodeLine([table.name, ...labels].join(':'), properties));
        continue;
      }
      lines.push(
        edgeLine(table.name, { label: table.from.name, key: from }, { label: table.to.name, key: to }, properties),
      );
      for (const [end, key] of [
        [table.from, from],
        [table.to, to],
      ] as const) {
        if (!rows.get(end)?.has(key)) stubs.add(nodeLine(end.name, propertiesText(new Map([[end.primaryKey, key]]))));
      }
    }
  }
  return [...lines, ...stubs].sort();
}

export function propertiesText(texts: ReadonlyMap<string, string>): string {
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, text]) => `${name}: ${text}`).join(', ')}}`;
}

export function nodeLine(label: string, properties: string): string {
  return `(:${label} ${properties})`;
}

interface End {
  readonly label: string;
  readonly key: string;
}

export function edgeLine(type: string, from: End, to: End, properties: string): string {
  return `(:${from.label} ${from.key})-[:${type} ${properties}]->(:${to.label} ${to.key})`;
}
