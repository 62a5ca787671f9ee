/** A user's CDK app. */
import { App, Stack } from 'aws-cdk-lib';
import { ContextKey } from 'graphdrop';
import { GraphDrop, loadFlow } from 'graphdrop/infra';

if (new ContextKey('kg').name !== 'kg') throw new Error('the definition API can be imported too');

const app = new App();
const flow = await loadFlow('flows/flow.ts');
new GraphDrop(new Stack(app, 'mine'), 'Graph', { flow });
app.synth();
