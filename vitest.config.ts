import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/**/*.test.ts'],
		// Processes, not threads: the ledger's WebAssembly keeps its memory as long as its process lives.
		pool: 'forks',
		env: { NODE_ENV: 'test' },
		testTimeout: 30_000,
		hookTimeout: 60_000,
		restoreMocks: true,
		unstubEnvs: true,
		coverage: {
			provider: 'v8',
			include: ['shared/rules/**/*.ts'],
			exclude: ['shared/rules/**/*-data.ts'],
			reporter: ['text-summary'],
			thresholds: { branches: 100 },
		},
	},
});
