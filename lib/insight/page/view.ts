/** What the page shows, and how its links lead there. */
import { type Html, html, jsonContent } from './html.ts';

/** A part of the page that can be asked for. Plain JSON: it stands in addresses and in events of CloudWatch. */
export type View =
  | { readonly view: 'status'; readonly prefix?: string; readonly after?: string }
  | { readonly view: 'object'; readonly object: string; readonly after?: string }
  | {
      readonly view: 'row';
      readonly name: string;
      readonly key?: string;
      readonly from?: string;
      readonly to?: string;
    };

/** Where the page is shown: links and forms are made in its way. */
export interface Surface {
  /** How the page is lit; null: as the reader's system says. */
  readonly theme: 'light' | 'dark' | null;
  link(text: string, view: View): Html;
  /** Makes a form with text fields, which asks for a view when it is sent. */
  form(label: string, view: View['view'], fields: readonly Field[]): Html;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: string;
}

/** Reads a view from the fields of an address or an event. Anything that is no view is the status. */
export function viewOf(fields: Readonly<Record<string, unknown>>): View {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const after = text('after');
  const object = text('object');
  const name = text('name');
  if (fields.view === 'object' && object !== undefined) return { view: 'object', object, ...(after && { after }) };
  if (fields.view === 'row' && name !== undefined) {
    const [key, from, to] = [text('key'), text('from'), text('to')];
    return { view: 'row', name, ...(key && { key }), ...(from && { from }), ...(to && { to }) };
  }
  const prefix = text('prefix');
  return { view: 'status', ...(prefix && { prefix }), ...(after && { after }) };
}

/** A web page: links are addresses below `/`. */
export const WEB: Surface = {
  theme: null,
  link: (text, view) => html`<a href="${addressOf(view)}">${text}</a>`,
  form: (label, view, fields) =>
    html`<form action="/" method="get"><input type="hidden" name="view" value="${view}">${fields.map(fieldOf)}<button>${label}</button></form>`,
};

/**
 * A custom widget of a CloudWatch dashboard: scripts and addresses are of no use there, `cwdb-action` calls the function again. See
 * "Interactivity in the custom widget" in CloudWatch's documentation.
 *
 * @param endpoint ARN of the function
 * @param fixed what each call has to say again, e.g. the context
 */
export function widgetSurface(
  endpoint: string,
  theme: 'light' | 'dark',
  fixed: Readonly<Record<string, string>>,
): Surface {
  const action = (view: object) =>
    html`<cwdb-action action="call" display="widget" endpoint="${endpoint}">${jsonContent({ ...fixed, ...view })}</cwdb-action>`;
  return {
    theme,
    link: (text, view) => html`<a class="btn-link">${text}</a>${action(view)}`,
    // The fields' values come with the event, in widgetContext.forms.
    form: (label, view, fields) =>
      html`<form>${fields.map(fieldOf)}<a class="btn">${label}</a>${action({ view })}</form>`,
  };
}

function fieldOf({ name, label, value }: Field): Html {
  return html`<label>${label} <input name="${name}" value="${value}"></label> `;
}

function addressOf(view: View): string {
  return `/?${new URLSearchParams(Object.entries(view))}`;
}
