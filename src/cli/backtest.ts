/**
 * `npm run backtest`: strictly out-of-sample VaR and ES for one file, with every test.
 * Exit codes: 0 done; 1 internal error; 2 wrong arguments; 3 a file that cannot be used; 130 interrupted.
 * The first interrupt stops after saving what is finished; a second one ends the process at once.
 */
import { InputError } from './backtest/input-error.ts';
import { type BacktestOptions, parseOptions, USAGE } from './backtest/options.ts';
import { runBacktest } from './backtest/run-backtest.ts';

const EXIT = { done: 0, internal: 1, arguments: 2, input: 3, interrupted: 130 } as const;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return EXIT.done;
  }
  let options: BacktestOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    console.error(`error: ${(error as Error).message}\nSee --help.`);
    return EXIT.arguments;
  }
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      process.once(name, () => process.exit(EXIT.interrupted));
      interrupt.abort();
    });
  try {
    await runBacktest(options, { stdout: process.stdout, stderr: process.stderr }, interrupt.signal);
    return EXIT.done;
  } catch (error) {
    if (interrupt.signal.aborted) {
      const kept = options.out === undefined ? 'nothing was kept (no --out)' : 'run again with --resume';
      console.error(`interrupted: ${kept}`);
      return EXIT.interrupted;
    }
    if (error instanceof InputError) {
      console.error(`error: ${options.input}: ${error.message}`);
      return EXIT.input;
    }
    console.error(error);
    return EXIT.internal;
  }
}

process.exitCode = await main(process.argv.slice(2));
