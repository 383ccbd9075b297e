import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '.data/vite',
  test: {
    include: ['test/{unit,integration,stress,architecture,deploy}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    experimental: { viteModuleRunner: false },
  },
});
