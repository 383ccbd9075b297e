/**
 * A value that never prints. Logs, JSON, string templates and the inspector all show the same mark;
 * only `reveal()` gives the text, so every place that uses a secret can be found by that word.
 */
import { inspect } from 'node:util';

const MARK = '[redacted]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MARK;
  }

  toJSON(): string {
    return MARK;
  }

  [inspect.custom](): string {
    return MARK;
  }
}
