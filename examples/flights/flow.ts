import { ContextKey, flow, TableSchema } from 'graphdrop';
import * as z from 'zod';

/** What the graph holds. */
const Airport = z.object({
  iata: z.string(),
  name: z.string(),
  city: z.string(),
  state: z.string(),
  country: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  position: z.array(z.number()),
});
const Route = z.object({ flights: z.int() });

/** What the files hold: CSV cells are text. */
const AirportRecord = Airport.omit({ position: true }).extend({
  latitude: z.coerce.number().min(-90).max(90),
  longitude: z.coerce.number().min(-180).max(180),
});
const RouteRecord = z.object({ origin: z.string(), destination: z.string(), count: z.coerce.number().int() });

export const KG = new ContextKey('kg');

export default flow(KG, graph => {
  const airport = graph.nodeTable('Airport', { primaryKey: 'iata', schema: TableSchema.from(Airport) });
  airport.vectorIndex({ field: 'position', dimension: 3, metric: 'cosine' });
  const route = graph.relationTable('ROUTE', airport, airport, { schema: TableSchema.from(Route) });

  graph.source('airports/*.csv', { record: AirportRecord }, record =>
    airport.declareRecord({ ...record, position: unitVector(record.latitude, record.longitude) }),
  );
  graph.source('routes/*.csv', { record: RouteRecord }, record =>
    route.declareRelation({
      fromId: record.origin,
      toId: record.destination,
      record: { flights: record.count },
    }),
  );
});

/** A place on the globe as a point of the unit sphere: the nearer two places, the nearer their vectors. */
function unitVector(latitude: number, longitude: number): number[] {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}
