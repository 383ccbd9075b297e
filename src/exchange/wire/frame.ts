/**
 * One event on its way out. The text is written at most once per form (raw or combined, ms or us), however
 * many links take it, and not at all in forms nobody asked for.
 */
export class Frame {
  readonly stream: string;
  readonly #render: (micro: boolean) => string;
  readonly #raw: [string | undefined, string | undefined] = [undefined, undefined];
  readonly #combined: [string | undefined, string | undefined] = [undefined, undefined];

  constructor(stream: string, render: (micro: boolean) => string) {
    this.stream = stream;
    this.#render = render;
  }

  text(combined: boolean, micro: boolean): string {
    const unit = micro ? 1 : 0;
    this.#raw[unit] ??= this.#render(micro);
    if (!combined) return this.#raw[unit];
    this.#combined[unit] ??= `{"stream":"${this.stream}","data":${this.#raw[unit]}}`;
    return this.#combined[unit];
  }
}
