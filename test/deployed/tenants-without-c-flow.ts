import { tenantFlow } from './tenant-flow.ts';

export default [tenantFlow('ta', { knows: 'KNOWS_tenants' }), tenantFlow('tb')];
