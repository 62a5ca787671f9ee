/** Returns what keys that differ in numbers, dates and ids alone have in common: `in/2026-11-01/part-7.csv` is `in/#-#-#/part-#.csv`. */
export function keyPattern(key: string): string {
  return key.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '#').replace(/\d+/g, '#');
}
