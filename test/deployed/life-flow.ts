import { tenantFlow } from './tenant-flow.ts';

export default tenantFlow('life', { adopt: true });
