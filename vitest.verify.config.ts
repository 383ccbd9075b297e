import { defineConfig } from 'vitest/config';

/** The slow proof: studies, real Prometheus and HAProxy, soak, chaos. One file at a time, so figures hold. */
export default defineConfig({
  cacheDir: '.data/vite',
  test: {
    include: ['test/verify/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    experimental: { viteModuleRunner: false },
  },
});
