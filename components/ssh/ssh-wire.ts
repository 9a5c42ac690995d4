// Numbers and strings as ssh sends them: RFC 4251, section 5.

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function string(bytes: Buffer): Buffer {
  return Buffer.concat([number(bytes.length), bytes]);
}

/** The string that bytes begin with, and the rest. Of bytes that are cut it takes what is there. */
export function takeString(bytes: Buffer): [Buffer, Buffer] {
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}
