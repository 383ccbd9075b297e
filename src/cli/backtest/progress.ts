/**
 * Progress on stderr: a bar that redraws itself on a terminal, one line per tenth elsewhere.
 */
export interface Progress {
  advance(count: number): void;
  finish(): void;
}

export interface ProgressTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;

export function createProgress(target: ProgressTarget, total: number, done: number): Progress {
  const started = performance.now();
  let count = done;
  let tenth = Math.floor((10 * done) / Math.max(1, total));
  const line = (): string => {
    const seconds = (performance.now() - started) / 1000;
    const pace = count > done ? seconds / (count - done) : 0;
    const filled = Math.round((WIDTH * count) / Math.max(1, total));
    const left = pace > 0 ? `, ${((total - count) * pace).toFixed(0)} s left` : '';
    return `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${count}/${total} forecasts, ${seconds.toFixed(1)} s${left}`;
  };
  const draw = (): void => {
    if (target.isTTY === true) target.write(`\r\u001B[K${line()}`);
    else if (Math.floor((10 * count) / total) > tenth) {
      tenth = Math.floor((10 * count) / total);
      target.write(`${line()}\n`);
    }
  };
  draw();
  return {
    advance: (more) => {
      count += more;
      draw();
    },
    finish: () => {
      if (target.isTTY === true) target.write('\n');
    },
  };
}
