import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '.data/vite',
  test: {
    include: ['test/{unit,integration,stress,architecture,deploy}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A second try where a shared machine starved the first; what needs it is printed.
    retry: process.env['CI'] === undefined ? 0 : 1,
    pool: 'forks',
    maxWorkers: 2,
    experimental: { viteModuleRunner: false },
  },
});
