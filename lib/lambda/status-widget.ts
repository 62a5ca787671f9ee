import { html } from '../insight/page/html.ts';
import { frame, renderView } from '../insight/page/page.ts';
import { viewOf, widgetSurface } from '../insight/page/view.ts';
import { countDeadLetters } from './dead-letters.ts';
import type { Worker } from './worker.ts';

/** What CloudWatch sends with each call of a custom widget, as far as it is used. */
interface WidgetEvent {
  readonly context?: unknown;
  readonly widgetContext: {
    readonly theme?: unknown;
    /** Fields of the widget's forms. */
    readonly forms?: { readonly all?: Readonly<Record<string, unknown>> };
  };
}

/** Answers to `{ "describe": true }`: the text that CloudWatch's console shows beside a widget's parameters. */
export const WIDGET_TEXT = `### graphdrop
Shows how far a context is: objects, batches, rejected files with their lines, and for an object or a node the graph around it.

| parameter | meaning |
|---|---|
| \`context\` | name of the ContextKey; may be left out where the stack has one |
| \`prefix\` | only objects whose key begins so |
`;

/** Tells whether an event is the call of a custom widget. */
export function isWidgetEvent(event: unknown): event is WidgetEvent {
  return typeof (event as Partial<WidgetEvent> | null)?.widgetContext === 'object';
}

/**
 * Renders the page for a custom widget of a CloudWatch dashboard.
 *
 * @param functionArn of the function itself, which links call again
 * @returns HTML
 */
export async function answerWidget(worker: Worker, event: WidgetEvent, functionArn: string): Promise<string> {
  const { theme, forms } = event.widgetContext;
  const lit = theme === 'dark' ? 'dark' : 'light';
  const names = worker.contextNames();
  const context = typeof event.context === 'string' ? event.context : names.length === 1 ? names[0] : undefined;
  if (context === undefined) {
    const links = names.map(name => {
      return html`<li>${widgetSurface(functionArn, lit, { context: name }).link(name, { view: 'status' })}</li>`;
    });
    return frame(widgetSurface(functionArn, lit, {}), html`<h1>graphdrop</h1><ul>${links}</ul>`).text;
  }
  const surface = widgetSurface(functionArn, lit, { context });
  const view = viewOf({ ...event, ...forms?.all });
  const deadLetters = view.view === 'status' ? await countDeadLetters(worker.context(context).queueUrl) : null;
  return (await worker.withScope(context, scope => renderView(scope, view, surface, { deadLetters }))).text;
}
