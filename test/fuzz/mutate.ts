/** Generates log lines by the million: a few hundred real shapes, broken as real files break. Deterministic by seed. */

/** A small fast generator of 32-bit numbers (xorshift). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const NASTY = [0x20, 0x22, 0x5c, 0x2d, 0x0d, 0x00, 0x09, 0x3a, 0x2e, 0x30, 0x39, 0x5a, 0x7f, 0x80, 0xc3, 0xff];

/** Writes a mutated copy of `line` to `out` and returns its length. Never writes line feeds, which would make two lines. */
export function mutate(line: Uint8Array, out: Uint8Array, random: (below: number) => number): number {
  out.set(line);
  let length = line.length;
  for (let rounds = random(4); rounds > 0 && length > 0; rounds--) {
    const at = random(length);
    switch (random(7)) {
      case 0:
        out[at] = NASTY[random(NASTY.length)]!;
        break;
      case 1:
        out[at] = random(256);
        break;
      case 2:
        length = at;
        break;
      case 3: {
        // Remove some bytes.
        const gone = Math.min(1 + random(12), length - at);
        out.copyWithin(at, at + gone, length);
        length -= gone;
        break;
      }
      case 4: {
        // Repeat some bytes.
        const again = Math.min(1 + random(40), length - at, out.length - length);
        out.copyWithin(at + again, at, length);
        length += again;
        break;
      }
      case 5: {
        // Change a digit.
        let i = at;
        while (i < length && (out[i]! < 0x30 || out[i]! > 0x39)) i++;
        if (i < length) out[i] = 0x30 + random(10);
        break;
      }
      default: {
        // Insert a difficult byte.
        if (length === out.length) break;
        out.copyWithin(at + 1, at, length++);
        out[at] = NASTY[random(NASTY.length)]!;
      }
    }
  }
  for (let i = 0; i < length; i++) if (out[i] === 0x0a) out[i] = 0x20;
  return length;
}
