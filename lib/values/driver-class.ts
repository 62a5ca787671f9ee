/** A class, by what tells its instances. */
export interface Class<T extends object = object> {
  readonly prototype: T;
  readonly name: string;
}

/**
 * Returns whether a value is an instance of a class. The driver's own guards ask for a mark (`__isDate__`) that any record of a
 * file may have; here only classes count: the driver's, and those of another copy of it, which a flow may import.
 */
export function isInstance<T extends object>(value: unknown, { prototype }: Class<T>): value is T {
  if (isPlain(value)) return false;
  const mark = markOf(prototype);
  for (const ancestor of prototypesOf(value)) {
    if (ancestor === prototype || (mark !== undefined && markOf(ancestor) === mark)) return true;
  }
  return false;
}

/** Gives the prototypes of an object's classes, its own class first. None of plain objects and of other values. */
export function* prototypesOf(value: unknown): Generator<object, void, undefined> {
  if (isPlain(value)) return;
  let prototype = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    yield prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}

/** Returns whether a value is no instance of any class: an object as JSON has it, or no object. */
export function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

const marks = new WeakMap<object, string | undefined>();

/** Returns the mark that the driver puts on the prototype of each of its classes, such as `__isDate__`. */
export function markOf(prototype: object): string | undefined {
  if (!marks.has(prototype)) marks.set(prototype, isOfClass(prototype) ? ownMark(prototype) : undefined);
  return marks.get(prototype);
}

/** Tells a class's prototype from an object that a record brought: no data has functions. */
function isOfClass(prototype: object): boolean {
  return typeof prototype.constructor === 'function' && prototype.constructor.prototype === prototype;
}

function ownMark(prototype: object): string | undefined {
  return Object.getOwnPropertyNames(prototype).find(name => /^__is\w+__$/.test(name));
}
