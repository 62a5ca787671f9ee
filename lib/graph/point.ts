import neo4j, { type Point } from 'neo4j-driver';
import { fail } from './value.ts';

/** Coordinate reference systems of Neo4j: https://neo4j.com/docs/cypher-manual/current/values-and-types/spatial/ */
const SYSTEMS: ReadonlyMap<number, { readonly crs: string; readonly dimensions: 2 | 3; readonly geographic: boolean }> =
  new Map([
    [7203, { crs: 'cartesian', dimensions: 2, geographic: false }],
    [9157, { crs: 'cartesian-3d', dimensions: 3, geographic: false }],
    [4326, { crs: 'wgs-84', dimensions: 2, geographic: true }],
    [4979, { crs: 'wgs-84-3d', dimensions: 3, geographic: true }],
  ]);

/**
 * A POINT: the driver's Point, or a map as Cypher's `point()` takes it: `{ x, y, z?, srid? }` (Cartesian unless `srid`, or
 * the name of the system in `crs`, says otherwise) or `{ longitude, latitude, height? }` (WGS 84, degrees).
 *
 * @throws ValueError, also for a longitude or latitude that is none: the server would turn it into another place
 */
export function encodePoint(value: unknown): Point<number> {
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
  const coordinates = flat ? [a, b] : [a, b, c];
  if (coordinates.length !== known.dimensions || !coordinates.every(isCoordinate)) {
    return fail(value, `a point with ${known.dimensions} finite coordinates (srid ${system})`);
  }
  const [first, second, third] = coordinates as [number, number, number?];
  if (known.geographic && (Math.abs(first) > 180 || Math.abs(second) > 90)) {
    return fail(value, `a longitude of -180 to 180 and a latitude of -90 to 90, not ${first} and ${second}`);
  }
  return new neo4j.types.Point(system, first, second, third);
}

/** By the system's name; an unknown name is what it is, so that it's told. */
function sridOf({ crs }: { readonly crs?: unknown }): unknown {
  if (crs === undefined || crs === null) return undefined;
  const name = String(crs).toLowerCase();
  return [...SYSTEMS].find(([, system]) => system.crs === name)?.[0] ?? name;
}

function isCoordinate(coordinate: unknown): boolean {
  return typeof coordinate === 'number' && Number.isFinite(coordinate);
}
