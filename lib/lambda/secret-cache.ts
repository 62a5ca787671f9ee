import { secretsClient } from './clients.ts';
import { type ConnectionSecret, readSecret } from './connection-secret.ts';

/** Milliseconds for which a warm function takes a secret for what it was. */
const MAX_AGE_MS = 5 * 60_000;

/** Connection secrets as they were read last: a warm function notices a changed one after some minutes, or sooner when it asks. */
export class SecretCache {
  readonly #read = new Map<string, { readonly at: number; readonly secret: Promise<ConnectionSecret> }>();

  /** Returns a secret that was read at most so many milliseconds ago. @throws SecretError */
  async get(secretId: string, maxAgeMs = MAX_AGE_MS): Promise<ConnectionSecret> {
    const known = this.#read.get(secretId);
    if (known !== undefined && Date.now() - known.at < maxAgeMs) return await known.secret;
    const reading = { at: Date.now(), secret: readSecret(secretsClient(), secretId) };
    this.#read.set(secretId, reading);
    try {
      return await reading.secret;
    } catch (error) {
      if (this.#read.get(secretId) === reading) this.#read.delete(secretId);
      throw error;
    }
  }
}
