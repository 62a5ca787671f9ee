import { DefinitionError } from '../errors.ts';
import { shown } from '../values/options.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * Named handle of one connection. The name is the stable identity of the tracked state: with another name a flow starts
 * from nothing and the rows of the old name are no longer its own.
 */
export class ContextKey {
  readonly name: string;

  /** @throws DefinitionError unless the name is 1 to 64 letters, digits, `_` or `-`, starting with a letter or digit */
  constructor(name: string) {
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw new DefinitionError(
        `ContextKey name ${shown(name)} is not usable: 1 to 64 letters, digits, _ or -, starting with a letter or digit`,
      );
    }
    this.name = name;
  }
}
