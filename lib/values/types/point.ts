import neo4j, { type Point } from 'neo4j-driver';
import { byFunction, headerType, type StorableType, sharedText } from '../column-type.ts';
import { floatJson } from '../float-text.ts';
import { fail } from '../value.ts';
import { floatText, floatType } from './float.ts';

interface System {
  readonly crs: string;
  readonly dimensions: 2 | 3;
  readonly geographic: boolean;
  readonly href: string;
}

/** Coordinate reference systems of Neo4j: https://neo4j.com/docs/cypher-manual/current/values-and-types/spatial/ */
const SYSTEMS: ReadonlyMap<number, System> = new Map([
  [7203, { crs: 'cartesian', dimensions: 2, geographic: false, href: 'sr-org/7203' }],
  [9157, { crs: 'cartesian-3d', dimensions: 3, geographic: false, href: 'sr-org/9157' }],
  [4326, { crs: 'wgs-84', dimensions: 2, geographic: true, href: 'epsg/4326' }],
  [4979, { crs: 'wgs-84-3d', dimensions: 3, geographic: true, href: 'epsg/4979' }],
]);

/**
 * The driver's Point, or a map as Cypher's `point()` takes it: `{ x, y, z?, srid? }` (Cartesian unless `srid`, or the name of
 * the system in `crs`, says otherwise) or `{ longitude, latitude, height? }` (WGS 84, degrees). A longitude or latitude that is
 * none is refused: the server would turn it into another place.
 */
export const pointType: StorableType<Point<number>> = {
  name: 'POINT',
  encode,
  listable: true,
  classes: [neo4j.types.Point],
  headers: {
    point: headerType('a point such as {x: 1, y: 2}', (text, settings) => encode({ ...settings, ...mapIn(text) })),
  },
  stored: {
    form: 'object',
    text: ({ srid, x, y, z }) => `p${[srid, ...present(x, y, z).map(floatText)].join(' ')}`,
    kind: ({ srid }) => `POINT(${srid})`,
    ...sharedText<Point<number>>(
      'Point',
      '@',
      read,
      ({ srid, x, y, z }) =>
        `SRID=${srid};POINT ${z === undefined ? '' : 'Z '}(${present(x, y, z).map(floatText).join(' ')})`,
    ),
    answer: { meta: 'point', json: answerJson },
    conversion: (_value, form) => (form === 'json' ? conversion : undefined),
  },
};

const conversion = byFunction<Point<number>>('point', ({ srid, x, y, z }) => ({
  srid: BigInt(srid),
  x,
  y,
  ...(z !== undefined && { z }),
}));

function answerJson({ srid, x, y, z }: Point<number>): string {
  const { crs: name = 'unknown', href } = SYSTEMS.get(Number(srid)) ?? {};
  const link = href === undefined ? '' : `https://spatialreference.org/ref/${href}/`;
  const crs = `{"srid":${srid},"name":"${name}","type":"link","properties":{"href":"${link}ogcwkt/","type":"ogcwkt"}}`;
  return `{"type":"Point","coordinates":[${present(x, y, z).map(floatJson).join(',')}],"crs":${crs}}`;
}

function present(x: number, y: number, z: number | undefined): number[] {
  return z === undefined ? [x, y] : [x, y, z];
}

/** Reads a text such as `SRID=4326;POINT (12.5 55.5)`. */
function read(text: string): unknown {
  const found = /^SRID=(\d+);POINT ?Z? ?\((\S+) (\S+)(?: (\S+))?\)$/.exec(text);
  if (found === null) return undefined;
  const [, srid = '', x, y, z] = found;
  return new neo4j.types.Point(BigInt(srid), Number(x), Number(y), ...(z === undefined ? [] : [Number(z)]));
}

const ENTRY = /^\s*(\w+)\s*:\s*(?:"([^"]*)"|'([^']*)'|([\w.+-]+))\s*$/;

/** Reads Cypher's map of a point, `{latitude: 1.5, crs: 'WGS-84'}`. */
function mapIn(text: string): Record<string, unknown> {
  const written = /^\{(.*)\}$/s.exec(text)?.[1];
  if (written === undefined) return fail(text, 'a map');
  const entries = written.split(',').map(entry => {
    const [, key, double, single, bare] = ENTRY.exec(entry) ?? [];
    if (key === undefined || key === '__proto__') return fail(entry, 'a key and a value');
    const quoted = double ?? single;
    return [key, quoted ?? (Number.isFinite(Number(bare)) ? Number(bare) : bare)];
  });
  return Object.fromEntries(entries);
}

function encode(value: unknown): Point<number> {
  const expected = 'a point (the driver’s Point, { x, y, z?, srid? } or { longitude, latitude, height? })';
  if (typeof value !== 'object' || value === null) return fail(value, expected);
  const { x, y, z, longitude, latitude, height, srid = sridOf(value) } = value as Record<string, unknown>;
  const geographic = longitude !== undefined || latitude !== undefined;
  const [a, b, c] = geographic ? [longitude, latitude, height ?? z] : [x, y, z];
  const flat = c === undefined || c === null;
  const system = srid === undefined ? (geographic ? (flat ? 4326 : 4979) : flat ? 7203 : 9157) : Number(srid);
  const known = SYSTEMS.get(system);
  if (known === undefined) return fail(value, `a point of srid ${[...SYSTEMS.keys()].join(', ')}, not ${String(srid)}`);
  if (geographic && !known.geographic) return fail(value, `srid 4326 or 4979 for a longitude, not ${system}`);
  const coordinates = (flat ? [a, b] : [a, b, c]).map(coordinateOf);
  if (coordinates.length !== known.dimensions || !coordinates.every(Number.isFinite)) {
    return fail(value, `a point with ${known.dimensions} finite coordinates (srid ${system})`);
  }
  const [first, second, third] = coordinates as [number, number, number?];
  if (known.geographic && (Math.abs(first) > 180 || Math.abs(second) > 90)) {
    return fail(value, `a longitude of -180 to 180 and a latitude of -90 to 90, not ${first} and ${second}`);
  }
  // The same meridian: Neo4j 2026 stores a longitude of -0.0 as 0.0, earlier servers as it is.
  if (known.geographic) return new neo4j.types.Point(system, first + 0, second, third);
  return new neo4j.types.Point(system, first, second, third);
}

/** Returns the srid of a system's name; an unknown name stays as it is, so that the message tells it. */
function sridOf({ crs }: { readonly crs?: unknown }): unknown {
  if (crs === undefined || crs === null) return undefined;
  const name = String(crs).toLowerCase();
  return [...SYSTEMS].find(([, system]) => system.crs === name)?.[0] ?? name;
}

/** Files have whole coordinates as bigints. */
function coordinateOf(coordinate: unknown): unknown {
  return typeof coordinate === 'bigint' ? floatType.encode(coordinate) : coordinate;
}
