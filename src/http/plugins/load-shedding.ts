/**
 * Refuses guarded work early while the event loop is behind, so that what was accepted still ends in time.
 * Flow: sampled loop delay and utilisation -> 503 overloaded with Retry-After
 * Health and metrics are outside: a busy process must still say that it lives.
 */
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';

export interface LoadSheddingOptions {
  /** Mean delay of the event loop from which work is refused; 0 turns shedding off. Units: ms. */
  readonly maxEventLoopDelayMs: number;
}

/** Pressure is judged once in this time; an interval without one turn of the loop counts as pressure. Units: ms. */
export const PRESSURE_SAMPLE_MS = 250;

export const loadSheddingPlugin = plugin(
  async (app: FastifyInstance, { maxEventLoopDelayMs }: LoadSheddingOptions) => {
    await app.register(underPressure, {
      maxEventLoopDelay: maxEventLoopDelayMs,
      sampleInterval: PRESSURE_SAMPLE_MS,
      retryAfter: 1,
    });
  },
  { name: 'load-shedding', dependencies: ['errors'] },
);
