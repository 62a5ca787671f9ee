/** Values by object id, as a Map has them. */
export interface ByObject<V> extends Pick<ReadonlyMap<string, V>, 'get' | 'has'> {
  forEach(use: (value: V, id: string) => void): void;
}

/** A map that makes a Map from the second value on only: almost every row is touched by one object. */
export class SmallMap<V> implements ByObject<V> {
  #id: string | undefined;
  #value: V | undefined;
  #all: Map<string, V> | undefined;

  get(id: string): V | undefined {
    if (this.#all !== undefined) return this.#all.get(id);
    return this.#id === id ? this.#value : undefined;
  }

  has(id: string): boolean {
    return this.#all?.has(id) ?? this.#id === id;
  }

  set(id: string, value: V): void {
    if (this.#id === undefined || this.#id === id) {
      this.#id = id;
      this.#value = value;
    } else {
      this.#all ??= new Map([[this.#id, this.#value as V]]);
    }
    this.#all?.set(id, value);
  }

  forEach(use: (value: V, id: string) => void): void {
    if (this.#all !== undefined) this.#all.forEach(use);
    else if (this.#id !== undefined) use(this.#value as V, this.#id);
  }
}
