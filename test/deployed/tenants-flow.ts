import { tenantFlow } from './tenant-flow.ts';

/** Two tenants of one database, with a relationship type that both use, and one of another server. */
export default [
  tenantFlow('ta', { knows: 'KNOWS_tenants' }),
  tenantFlow('tb'),
  tenantFlow('tc', { knows: 'KNOWS_tenants' }),
];
