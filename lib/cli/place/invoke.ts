import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GraphdropError } from '../../errors.ts';
import { nameCalls } from './named-calls.ts';

/** Milliseconds that a function may take: the longest that Lambda knows, and a little. */
const PATIENCE_MS = 920_000;

/** A function of a stack ended with an error: the message is the function's own. */
export class FunctionFailedError extends GraphdropError {
  readonly code = 'FUNCTION_FAILED';
  /** The name of the function's error. */
  readonly type: string;

  constructor(functionName: string, type: string, message: string) {
    super(`${functionName} failed: ${type}: ${message}`);
    this.type = type;
  }
}

/** Invokes a function of a stack and returns its answer. @throws FunctionFailedError */
export async function invoke<Answer>(functionName: string, request: object): Promise<Answer> {
  // A second try of a call that seems lost would have two run at a time.
  const client = nameCalls(
    new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: PATIENCE_MS } }),
    'lambda',
  );
  try {
    const Payload = Buffer.from(JSON.stringify(request));
    const { FunctionError, Payload: answer } = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload }),
    );
    const text = Buffer.from(answer ?? []).toString();
    if (FunctionError === undefined) return JSON.parse(text) as Answer;
    const { errorMessage = text, errorType = FunctionError } = JSON.parse(text) as Record<string, string>;
    throw new FunctionFailedError(functionName, errorType, errorMessage);
  } finally {
    client.destroy();
  }
}
