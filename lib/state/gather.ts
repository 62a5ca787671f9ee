/**
 * Returns a function that does for many what is asked for one at a time: what is asked within one turn of the event loop is
 * done in one call.
 *
 * @param work gets what was asked, in order, and gives as many results; its error is that of each
 */
export function gather<T, R>(work: (asked: readonly T[]) => Promise<readonly R[]>): (one: T) => Promise<R> {
  let waiting: { readonly one: T; readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void }[] =
    [];
  const flush = async () => {
    const gathered = waiting;
    waiting = [];
    try {
      const results = await work(gathered.map(({ one }) => one));
      for (const [index, { resolve }] of gathered.entries()) resolve(results[index] as R);
    } catch (error) {
      for (const { reject } of gathered) reject(error);
    }
  };
  return one =>
    new Promise<R>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(() => void flush());
      waiting.push({ one, resolve, reject });
    });
}
