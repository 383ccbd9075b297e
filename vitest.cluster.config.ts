import { defineConfig } from 'vitest/config';

/** The scripts against a real Kubernetes API server; started by test/cluster/run.sh, which makes the network. */
export default defineConfig({
  cacheDir: '.data/vite',
  test: {
    include: ['test/cluster/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    experimental: { viteModuleRunner: false },
  },
});
