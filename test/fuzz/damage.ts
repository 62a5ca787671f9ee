/** Damage to bytes, the same for the same random numbers. */

export type Random = () => number;

/** mulberry32: numbers from 0 to 1, the same for the same seed. */
export function generator(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** Numbers that lengths and counts are trusted to be. */
const VARINTS = ['00', '01', '7f', 'ffffffff0f', 'ffffffff07', 'ffffffffffffffffff01', '808080808000', 'feffffff0f'];
const TOKENS = ['"', ',', '\n', '\r', '{', '[', ']', '\\', ':', ';', '__proto__', '\0', '\ufeff', '1e999', '\\u0000'];

/** Damages bytes as transport, disks and people who mean harm do: bits, cuts, lengths that lie, tokens of formats. */
export function damage(random: Random, bytes: Buffer): Buffer {
  let damaged = Buffer.from(bytes);
  for (let times = 1 + Math.floor(random() ** 2 * 4); times > 0 && damaged.length > 0; times -= 1) {
    // Half of the time near the end, where Parquet's footer is.
    const share = random() < 0.5 ? random() : 1 - random() ** 3;
    const at = Math.floor(share * damaged.length);
    const cut = (start: number, end: number, between = '') =>
      Buffer.concat([damaged.subarray(0, start), Buffer.from(between, 'hex'), damaged.subarray(end)]);
    switch (Math.floor(random() * 8)) {
      case 0:
        damaged[at] = Math.floor(random() * 256);
        break;
      case 1:
        damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        break;
      case 2:
        damaged = cut(at, at + 1 + Math.floor(random() * 8));
        break;
      case 3:
        damaged = cut(at, at, Buffer.from(pick(random, TOKENS)).toString('hex'));
        break;
      case 4:
        damaged = cut(at, at + 1, pick(random, VARINTS));
        break;
      case 5: {
        const from = Math.floor(random() * damaged.length);
        damaged = cut(at, at, damaged.toString('hex', from, from + Math.floor(random() * 64)));
        break;
      }
      case 6:
        damaged.fill(random() < 0.5 ? 0xff : 0, at, Math.min(damaged.length, at + 1 + Math.floor(random() * 16)));
        break;
      default:
        if (random() < 0.2) damaged = damaged.subarray(0, at);
        else if (damaged.length > 4)
          damaged.writeUInt32LE(Math.floor(random() * 2 ** 32), Math.min(at, damaged.length - 4));
    }
  }
  return damaged;
}
