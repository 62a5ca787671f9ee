import { tenantFlow } from './tenant-flow.ts';

/** The last one wants the people of the first. */
export default [
  tenantFlow('ta', { knows: 'KNOWS_tenants' }),
  tenantFlow('tb'),
  tenantFlow('td', { person: 'Person_ta' }),
];
