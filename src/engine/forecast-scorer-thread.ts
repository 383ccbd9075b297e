/** One round of scoring, off the event loop. Flow: workerData (tracker states) -> here -> scorecards. */
import { parentPort, workerData } from 'node:worker_threads';
import { createAccuracyTracker, type TrackerState } from '#domain/backtest/accuracy-tracker.ts';
import { standBack } from '#worker/thread-priority.ts';

standBack();

const states = workerData as readonly TrackerState[];
parentPort?.postMessage(
  states.map((state) => createAccuracyTracker({ capacity: state.capacity, restore: state }).summary()),
);
