/**
 * Step Functions, as its documentation says it is, as far as the backfill needs it: JSONata, a Distributed Map with reader, selector,
 * batcher and writer, retries, and the limits of states and histories. Its services are given; nothing waits.
 */
import jsonata from 'jsonata';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MOST_BYTES = 262_144;
const MOST_EVENTS = 25_000;
const MOST_CONCURRENT = 10_000;

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts: number;
}

export interface State {
  readonly Type: string;
  readonly [field: string]: unknown;
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** How an execution or a state fails. */
export class StateError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** What a machine asks of others. Resources are told by what comes behind `:states:::`. */
export interface Services {
  readonly call: (resource: string, given: Record<string, unknown>) => unknown;
  /** Items of a reader. */
  readonly read: (resource: string, given: Record<string, unknown>) => Iterable<object>;
}

export interface Outcome {
  readonly output: unknown;
  /** Events in the history of the execution, and the most that a child of it had. */
  readonly events: number;
  readonly mostOfChildren: number;
}

type Variables = Readonly<Record<string, unknown>>;

/** Runs a machine. @throws StateError with which it fails */
export async function execute(machine: Machine, input: unknown, services: Services): Promise<Outcome> {
  return await new Execution(machine, services).run(input);
}

class Execution {
  readonly #machine: Machine;
  readonly #services: Services;
  #variables: Variables = {};
  readonly #runs = new Map<string, object>();
  #events = 2;
  #mostOfChildren = 0;

  constructor(machine: Machine, services: Services) {
    this.#machine = machine;
    this.#services = services;
  }

  async run(first: unknown): Promise<Outcome> {
    let input = first;
    for (let name: string | undefined = this.#machine.StartAt; name !== undefined; ) {
      const state: State | undefined = this.#machine.States[name];
      if (state === undefined) throw new StateError('States.Runtime', `no state ${name}`);
      requireFitting(input, `${name}'s input`);
      this.#count(2);
      const next: string | undefined = await this.#enter(state, input).then(({ output, to }) => {
        input = output;
        return to;
      });
      requireFitting(input, `${name}'s output`);
      name = next;
    }
    return { output: input, events: this.#events, mostOfChildren: this.#mostOfChildren };
  }

  async #enter(state: State, input: unknown): Promise<{ readonly output: unknown; readonly to: string | undefined }> {
    const to = state.End === true ? undefined : (state.Next as string | undefined);
    if (state.Type === 'Choice') {
      for (const { Condition, Next } of state.Choices as { Condition: string; Next: string }[])
        if ((await this.#value(Condition, { input })) === true) return { output: input, to: Next };
      return { output: input, to: state.Default as string };
    }
    if (state.Type === 'Fail') {
      const [error, cause] = [await this.#value(state.Error, { input }), await this.#value(state.Cause, { input })];
      throw new StateError(String(error), String(cause));
    }
    const states = { input, ...(await this.#resultOf(state, input)) };
    // Both see the variables as they were.
    const [output, assigned] = [
      'Output' in state ? await this.#value(state.Output, states) : (states.result ?? input),
      await this.#value(state.Assign ?? {}, states),
    ];
    this.#variables = { ...this.#variables, ...(assigned as Variables) };
    requireFitting(this.#variables, 'all variables');
    return { output, to };
  }

  async #resultOf(state: State, input: unknown): Promise<{ readonly result?: unknown }> {
    if (state.Type === 'Task') return { result: await this.#task(state, input) };
    if (state.Type === 'Map') return { result: await this.#map(state, input) };
    if (state.Type === 'Pass' || state.Type === 'Succeed') return {};
    throw new StateError('States.Runtime', `a state of type ${state.Type}`);
  }

  async #task(state: State, input: unknown): Promise<unknown> {
    const given = (await this.#value(state.Arguments, { input })) as Record<string, unknown>;
    requireFitting(given, 'arguments of a task');
    const retriers = (state.Retry ?? []) as Retrier[];
    for (const used = new Map<Retrier, number>(); ; ) {
      this.#count(3);
      try {
        const result = await this.#call(resourceOf(state), given);
        requireFitting(result, 'the result of a task');
        return result;
      } catch (error) {
        const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.includes((error as Error).name));
        const times = retrier === undefined ? 0 : (used.get(retrier) ?? 0);
        if (retrier === undefined || times === retrier.MaxAttempts) throw error;
        used.set(retrier, times + 1);
      }
    }
  }

  async #call(resource: string, given: Record<string, unknown>): Promise<unknown> {
    if (resource !== 'aws-sdk:sfn:describeMapRun') return await this.#services.call(resource, given);
    const ItemCounts = this.#runs.get(String(given.MapRunArn));
    if (ItemCounts === undefined) throw new StateError('Sfn.ResourceNotFoundException', String(given.MapRunArn));
    return { ItemCounts };
  }

  async #map(state: State, input: unknown): Promise<unknown> {
    const processor = state.ItemProcessor as Machine & { readonly ProcessorConfig: Record<string, string> };
    if (processor.ProcessorConfig.Mode !== 'DISTRIBUTED') throw new StateError('States.Runtime', 'an inline map');
    if (Number(state.MaxConcurrency) > MOST_CONCURRENT) throw new StateError('States.Runtime', 'concurrency');
    const reader = state.ItemReader as State;
    const items = this.#services.read(resourceOf(reader), {
      ...((await this.#value(reader.Arguments, { input })) as object),
      ...(reader.ReaderConfig as object),
    });
    const counts = { Total: 0, Succeeded: 0, Failed: 0 };
    for await (const batch of this.#batches(state, input, items)) {
      counts.Total += batch.length;
      // An execution of its own, that knows no variable of this one.
      const child = new Execution(processor, this.#services);
      const isDone = await child.run({ Items: batch }).then(
        () => true,
        () => false,
      );
      if (isDone) counts.Succeeded += batch.length;
      else counts.Failed += batch.length;
      this.#mostOfChildren = Math.max(this.#mostOfChildren, child.#events);
    }
    this.#count(2);
    const failed = counts.Total === 0 ? 0 : (100 * counts.Failed) / counts.Total;
    if (failed > Number(state.ToleratedFailurePercentage ?? 0))
      throw new StateError('States.ExceedToleratedFailureThreshold', `${failed} % failed`);
    const writer = state.ResultWriter as { readonly Arguments: { readonly Bucket: string; readonly Prefix: string } };
    const { Bucket, Prefix } = writer.Arguments;
    const MapRunArn = `arn:aws:states:x:0:mapRun:machine/label:${this.#runs.size}`;
    this.#runs.set(MapRunArn, counts);
    return { MapRunArn, ResultWriterDetails: { Bucket, Key: `${Prefix}/id/manifest.json` } };
  }

  async *#batches(state: State, input: unknown, items: Iterable<object>): AsyncGenerator<unknown[]> {
    const { MaxItemsPerBatch, MaxInputBytesPerBatch } = state.ItemBatcher as Record<string, number>;
    if (Number(MaxInputBytesPerBatch) > MOST_BYTES) throw new StateError('States.Runtime', 'bytes of a batch');
    let batch: unknown[] = [];
    let index = 0;
    for (const Value of items) {
      const context = { Map: { Item: { Index: index, Value } } };
      index += 1;
      const item = await this.#value(state.ItemSelector, { input, context });
      const fits = Buffer.byteLength(JSON.stringify({ Items: [...batch, item] })) <= Number(MaxInputBytesPerBatch);
      if (batch.length > 0 && (!fits || batch.length === MaxItemsPerBatch)) {
        yield batch;
        batch = [];
      }
      batch.push(item);
    }
    if (batch.length > 0) yield batch;
  }

  /** Evaluates the expressions of a template. */
  async #value(template: unknown, states: object): Promise<unknown> {
    if (Array.isArray(template)) return await Promise.all(template.map(one => this.#value(one, states)));
    if (typeof template === 'object' && template !== null) {
      const entries = Object.entries(template).map(async ([name, one]) => [name, await this.#value(one, states)]);
      return Object.fromEntries(await Promise.all(entries));
    }
    return typeof template === 'string' ? await evaluate(template, { ...this.#variables, states }) : template;
  }

  #count(events: number): void {
    this.#events += events;
    if (this.#events > MOST_EVENTS) throw new StateError('States.Runtime', 'too many events in the history');
  }
}

const compiled = new Map<string, ReturnType<typeof jsonata>>();

/** Evaluates one text, as Step Functions does. @throws StateError where an expression has no value */
export async function evaluate(text: string, variables: Variables): Promise<unknown> {
  const [, source] = /^\{%(.*)%\}$/s.exec(text) ?? [];
  if (source === undefined) return text;
  const expression = compiled.get(source) ?? jsonata(source);
  compiled.set(source, expression);
  const value = await expression.evaluate({}, { ...variables });
  if (value === undefined) throw new StateError('States.QueryEvaluationError', `${source} has no value`);
  // JSONata marks sequences by hidden properties.
  return JSON.parse(JSON.stringify(value));
}

function resourceOf({ Resource }: State): string {
  return String(Resource).replace(/^arn:[^:]+:states:::/, '');
}

function requireFitting(value: unknown, what: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes > MOST_BYTES) throw new StateError('States.DataLimitExceeded', `${what} has ${bytes} bytes`);
}
