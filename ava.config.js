export default {
  files: ['test/**/*.test.ts'],
  extensions: ['ts'],
  concurrency: 2,
  timeout: '4m',
  environmentVariables: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
}
