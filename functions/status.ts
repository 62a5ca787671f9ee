import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import flows from '#flow';
import { logRequest } from '../lib/lambda/log.ts';
import { answerStatus, type StatusAnswer } from '../lib/lambda/status-request.ts';
import { answerWidget, isWidgetEvent, WIDGET_TEXT } from '../lib/lambda/status-widget.ts';
import { Worker } from '../lib/lambda/worker.ts';

/** Milliseconds left for the page of objects that is under way, and the answer. */
const MARGIN_MS = 15_000;

const worker = new Worker(flows);

/** What the function answers: as a widget HTML, or the text beside the widget's parameters. */
type Answer = StatusAnswer | string | { readonly markdown: string };

/** Tells how far a context is. For direct invocations and Step Functions, and as a custom widget of a CloudWatch dashboard. */
export const handler = middy()
  .use(logRequest())
  .handler(async (event: unknown, invocation: Context): Promise<Answer> => {
    if ((event as { readonly describe?: unknown } | null)?.describe === true) return { markdown: WIDGET_TEXT };
    await worker.refresh();
    if (isWidgetEvent(event)) return await answerWidget(worker, event, invocation.invokedFunctionArn);
    return await answerStatus(worker, event, Date.now() + invocation.getRemainingTimeInMillis() - MARGIN_MS);
  });
