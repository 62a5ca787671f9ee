/** Promise: a CloudWatch dashboard gets the page as HTML whose links call the function again; other events get a status. */
import { expect, it } from 'vitest';
import { answerWidget, isWidgetEvent } from '../../lib/lambda/status-widget.ts';
import type { Worker } from '../../lib/lambda/worker.ts';
import { SCRIPT } from '../insight/hostile-world.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:status';

/** What of a worker a widget asks for an object: its contexts and their scopes. */
function workerOf(contexts: Readonly<Record<string, TrackedWorld>>): Worker {
  const worker: Pick<Worker, 'contextNames' | 'withScope'> = {
    contextNames: () => Object.keys(contexts),
    withScope: async (context, work) => await work((contexts[context] as TrackedWorld).scope),
  };
  return worker as Worker;
}

/** Reads the parameters that links of the widget call the function with. */
function calls(text: string): Record<string, unknown>[] {
  const found = text.matchAll(/<cwdb-action action="call" display="widget" endpoint="([^"]*)">([^<]*)<\/cwdb-action>/g);
  return [...found].map(([, endpoint, json = '']) => ({ endpoint, ...JSON.parse(json) }));
}

it('tells a widget’s call from a request', () => {
  expect(isWidgetEvent({ widgetContext: {} })).toBe(true);
  for (const event of [null, undefined, {}, { context: 'kg' }, 'text']) expect(isWidgetEvent(event)).toBe(false);
});

it('lists the contexts where it isn’t told which, and links to each', async () => {
  const worker = workerOf({ a: new TrackedWorld(), b: new TrackedWorld() });
  const text = await answerWidget(worker, { widgetContext: {} }, ARN);
  expect(calls(text)).toEqual(['a', 'b'].map(context => ({ endpoint: ARN, context, view: 'status' })));
});

it('shows what a link or a form asks for, in the dashboard’s light, and goes on in the same context', async () => {
  const world = new TrackedWorld();
  await world.drop('people/a.ndjson', [{ id: SCRIPT, name: 'A' }]);
  const worker = workerOf({ a: world, b: new TrackedWorld() });
  const forms = { all: { object: 'people/a.ndjson' } };
  const event = { context: 'a', view: 'object', widgetContext: { theme: 'dark', forms } };
  const text = await answerWidget(worker, event, ARN);
  expect(text).toContain('data-theme="dark"');
  expect(text).not.toContain('<script');
  expect(calls(text)).toContainEqual({ endpoint: ARN, context: 'a', view: 'row', name: 'Person_w', key: SCRIPT });
  expect(calls(text).every(call => call.context === 'a')).toBe(true);
});
