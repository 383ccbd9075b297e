/** Doubles as text, every bit of them: float64 in base64, little-endian as on every processor this runs on. */
export function toBase64(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** Throws a RangeError where the text does not hold whole doubles. */
export function fromBase64(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}
