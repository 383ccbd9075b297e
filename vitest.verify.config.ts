import { defineConfig } from 'vitest/config';

/** The slow proof: studies, real Prometheus and HAProxy, soak, chaos. One file at a time, so figures hold. */
export default defineConfig({
  cacheDir: '.data/vite',
  test: {
    include: ['test/verify/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    // A second try where a shared machine starved the first; what needs it is printed.
    retry: process.env['CI'] === undefined ? 0 : 1,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    experimental: { viteModuleRunner: false },
  },
});
