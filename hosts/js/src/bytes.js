// Reading the binary format.

export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get more() {
    return this.at < this.end;
  }

  byte() {
    if (this.at >= this.end) throw new RangeError("the module ends too early");
    return this.bytes[this.at++];
  }

  skip(bytes) {
    this.at += bytes;
    if (this.at > this.end) throw new RangeError("the module ends too early");
  }

  /** LEB128 of at most 32 bits, or the low 32 bits of a longer one. */
  u32() {
    return this.leb().value >>> 0;
  }

  s32() {
    const { value, shift, last } = this.leb();
    return shift < 32 && (last & 0x40) !== 0 ? value | (-1 << shift) : value | 0;
  }

  leb() {
    let value = 0;
    let shift = 0;
    let last;
    do {
      last = this.byte();
      if (shift < 32) value |= (last & 0x7f) << shift;
      shift += 7;
    } while ((last & 0x80) !== 0);
    return { value, shift, last };
  }

  name() {
    const length = this.u32();
    const from = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(from, this.at));
  }

  /** So many bytes, as a reader of their own. */
  part(length) {
    const from = this.at;
    this.skip(length);
    return new Reader(this.bytes, from, this.at);
  }

  /** A vector's items. */
  list(item) {
    return Array.from({ length: this.u32() }, () => item());
  }
}
