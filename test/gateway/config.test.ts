import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { ConfigError, readConfig } from '../../gateway/config.ts'
import type { SettingRows } from '../../gateway/setting.ts'
import { SETTINGS } from '../../gateway/settings.ts'

const run = promisify(execFile)
const OURS = fileURLToPath(new URL('../../bin/tenantry.js', import.meta.url))

test('an empty environment gives the defaults', (t) => {
  const config = readConfig({ PORT: '', DATABASE_URL: ' ' })
  t.like(config, {
    port: 3000,
    host: '127.0.0.1',
    dataDir: '.data',
    databaseUrl: null,
    redisUrl: null,
    publicUrl: null,
    secretKey: null,
    previousSecretKey: null,
    logLevel: 'info',
    slowLogMs: 0,
    loggedPercent: 100,
    rateLimitPerMinute: 100,
    bodyLimitBytes: 1_048_576,
    maxBatchRecords: 60,
  })
  t.true(Object.isFrozen(config))
})

test('every setting is read from its variable', (t) => {
  const config = readConfig({
    PORT: '0',
    HOST: '::1',
    PUBLIC_URL: 'https://api.test/base/',
    DATABASE_URL: 'postgresql://u:p@db/x?sslmode=require',
    REDIS_URL: 'rediss://r:6380/2',
    SECRET_KEY: 'x'.repeat(32),
    SECRET_KEY_PREVIOUS: 'y'.repeat(32),
    LOG_LEVEL: 'silent',
    LOG_SLOW_MS: '20',
    LOG_SAMPLE_PERCENT: '5',
    MAX_BATCH: '200',
  })
  t.like(config, {
    port: 0,
    host: '::1',
    publicUrl: 'https://api.test/base',
    databaseUrl: 'postgresql://u:p@db/x?sslmode=require',
    redisUrl: 'rediss://r:6380/2',
    secretKey: 'x'.repeat(32),
    previousSecretKey: 'y'.repeat(32),
    logLevel: 'silent',
    slowLogMs: 20,
    loggedPercent: 5,
    maxBatchRecords: 200,
  })
})

test('every fault is reported at once, with the given and the accepted values, and no secret is repeated', (t) => {
  const error = t.throws(
    () =>
      readConfig({
        PORT: '70000',
        HOST: 'a b',
        DATABASE_URL: 'mysql://root:hunter2@db/x',
        REDIS_URL: 'not a url, hunter2',
        OUTBOUND_PROXY: 'http://user:hunter2%@proxy',
        SECRET_KEY: 'hunter2',
        LOG_LEVEL: 'loud',
        MAX_BATCH: '201',
        REQUEST_TIMEOUT_MS: '1e9',
        PUBLIC_URL: 'ftp://x',
      }),
    { instanceOf: ConfigError },
  )
  t.notRegex(error.message, /hunter2/)
  t.is(
    error.message,
    [
      'The configuration has 10 faults:',
      '  PORT is "70000"; expected an integer from 0 to 65535.',
      '  HOST is "a b"; expected a host name or an IP address.',
      '  PUBLIC_URL is "ftp://x"; expected an http:// or https:// URL.',
      '  DATABASE_URL is a value of 25 characters; expected a postgres:// or postgresql:// URL of one or several hosts.',
      '  REDIS_URL is a value of 18 characters; expected a redis:// or rediss:// URL.',
      '  SECRET_KEY is a value of 7 characters; expected at least 32 characters.',
      '  MAX_BATCH is "201"; expected an integer from 1 to 200.',
      '  REQUEST_TIMEOUT_MS is "1e9"; expected an integer from 100 to 600000.',
      '  OUTBOUND_PROXY is a value of 26 characters; expected an http:// or https:// URL, with special characters of the password percent-encoded.',
      '  LOG_LEVEL is "loud"; expected one of trace, debug, info, warn, error, fatal, silent.',
    ].join('\n'),
  )
})

const NO_INTEGERS = [
  ...['-1', '-0', '+1', '1.5', '1e3', '0x10', '1_000', '1,000', '1 000', '10MB', '10 MB', '10m', '5s', '50%'],
  ...['NaN', 'Infinity', 'true', 'none', 'abc', '999999999999999', '99999999999999999999'],
]

const NUMBERS = Object.values(SETTINGS).filter(({ accepts }) => accepts.includes('an integer from'))

test('numbers are integers in plain digits, within the bounds of their setting', (t) => {
  t.true(NUMBERS.length > 20)
  for (const { variable, accepts } of NUMBERS) {
    const [, least = '', most = ''] = /an integer from (\d+) to (\d+)/.exec(accepts) ?? []
    const below = Number(least) > 0 ? [String(Number(least) - 1)] : []
    for (const text of [...NO_INTEGERS, ...below, String(Number(most) + 1)]) {
      const { message } = t.throws(() => readConfig({ [variable]: text }), { instanceOf: ConfigError })
      t.true(message.includes(`${variable} is "${text}"; expected `) && message.includes(accepts), message)
    }
    for (const text of [least, most, '', ' '])
      t.notThrows(() => readConfig({ [variable]: text }), `${variable}=${text}`)
  }
})

test('every setting that can be a number has bounds', (t) => {
  const ofNumbers = Object.entries<SettingRows[string]>(SETTINGS).filter(([, { absent, parse }]) =>
    [absent, ...['0', '1', '20', '400', '99999'].map(parse)].some((value) => Number.isInteger(value)),
  )
  t.deepEqual(
    ofNumbers.map(([, { variable }]) => variable),
    NUMBERS.map(({ variable }) => variable),
  )
})

test('neither a gateway nor a command starts with faulty numbers, and both name each of them', async (t) => {
  for (const text of ['-1', '999999999999999']) {
    const faulty = Object.fromEntries(NUMBERS.map(({ variable }) => [variable, text]))
    const env = { ...faulty, PATH: process.env.PATH }
    for (const words of [['start'], ['workspace', 'list'], ['migrate']]) {
      const failed = await t.throwsAsync<Error & { readonly code: number; readonly stderr: string }>(
        run(process.execPath, [OURS, ...words], { env }),
      )
      t.true(failed.code > 0)
      const named = NUMBERS.filter(({ variable, accepts }) =>
        failed.stderr.includes(`  ${variable} is "${text}"; expected ${accepts}.`),
      )
      t.is(named.length, NUMBERS.length, failed.stderr)
      t.notRegex(failed.stderr, /^\s+at /m)
    }
  }
})

test('workspaces with metrics of their own are at most 50 ids', (t) => {
  const idOf = (at: number): string => `0199AAAA-0000-7000-8000-${String(at).padStart(12, '0')}`
  const ids = Array.from({ length: 51 }, (_, at) => idOf(at))
  const of = (text: string) => readConfig({ METRICS_WORKSPACES: text }).metricsWorkspaces
  t.deepEqual(of(''), [])
  t.deepEqual(of(`${idOf(1)}, ${idOf(1).toLowerCase()}`), [idOf(1).toLowerCase()])
  t.is(of(ids.slice(0, 50).join()).length, 50)
  for (const text of [ids.join(), 'acme', `${idOf(1)},`])
    t.throws(() => of(text), {
      instanceOf: ConfigError,
      message: /METRICS_WORKSPACES is .*; expected at most 50 ids of workspaces, separated by commas\./,
    })
})
