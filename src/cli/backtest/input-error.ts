/** A fault in what the user gave: an argument or a file. Shown without a stack. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A fault at a line of the input file; line 1 is the first line of the file. */
export function lineError(line: number, message: string): InputError {
  return new InputError(`line ${line}: ${message}`);
}

/** Reads a file for a caller who reads several: what is wrong with it names it. */
export function inFile<Read>(path: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${path}: ${error.message}`) : error;
  }
}
