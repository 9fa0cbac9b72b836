import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import pino from 'pino'
import { ConfigError } from '../../gateway/config.ts'
import { traceSettingsOf } from '../../gateway/observe/trace/settings.ts'
import { readSettings } from '../../gateway/settingSources.ts'
import { SETTINGS } from '../../gateway/settings.ts'
import { createGateway } from '../../gateway/start.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { createTestDatabase } from '../support/database.ts'
import { ask } from '../support/gateway.ts'

const directory = await mkdtemp(join(tmpdir(), 'tenantry-settings-'))
test.after.always(() => rm(directory, { recursive: true, force: true }))

const file = async (name: string, text: string): Promise<string> => {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

const SECRET = 's'.repeat(40)

test('settings come from the environment, a file of settings and files of secrets', async (t) => {
  const secret = await file('secret', `${SECRET}\n`)
  const path = await file(
    'settings',
    `# limits\n\nAPI_RATE_LIMIT_PER_MINUTE = 7\r\nPORT=1\nSECRET_KEY_FILE=${secret}\nREDIS_URL=redis://a=b@r\n`,
  )
  const config = await readSettings({ CONFIG_FILE: path, PORT: '2', LOG_LEVEL: '' })
  t.like(config, { rateLimitPerMinute: 7, port: 2, secretKey: SECRET, redisUrl: 'redis://a=b@r' })
  t.is((await readSettings({ CONFIG_FILE: path, SECRET_KEY: 'n'.repeat(40) })).secretKey, 'n'.repeat(40))
})

const faultsOf = async (environment: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  try {
    await readSettings(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n').slice(1)
  }
}

test('every fault of files and values is reported at once, by line, without a secret', async (t) => {
  const path = await file(
    'faulty',
    'PORT\nPROT=1\nHOST=a\nHOST=b\nMETRICS_TOKEN_FILE=/missing/hunter2\nPOOL_SIZE=x\nLOG_LEVEL=loud\n',
  )
  const both = { SECRET_KEY: 'hunter2', SECRET_KEY_FILE: path }
  t.deepEqual(await faultsOf({ CONFIG_FILE: path, ...both, MAX_BATCH: '0', ADMIN_API: 'private' }), [
    `  Line 1 of ${path} does not have the form NAME=value.`,
    `  Line 2 of ${path} sets "PROT", which is not a setting.`,
    `  Line 4 of ${path} sets HOST a second time.`,
    '  SECRET_KEY and SECRET_KEY_FILE are both set.',
    '  METRICS_TOKEN_FILE cannot be read (ENOENT).',
    '  POOL_SIZE is "x"; expected an integer from 1 to 64.',
    '  SECRET_KEY is a value of 7 characters; expected at least 32 characters.',
    '  MAX_BATCH is "0"; expected an integer from 1 to 200.',
    '  LOG_LEVEL is "loud"; expected one of trace, debug, info, warn, error, fatal, silent.',
    '  ADMIN_PORT is not set; ADMIN_API=private needs it.',
  ])
})

// Of each form that secrets of this gateway and its neighbours have.
const SECRETS = [
  `tenantry_operator_${'c4n4ry'.repeat(7)}`,
  `eyJ${'h'.repeat(120)}.eyJ${'p'.repeat(120)}.${'c4n4ry'.repeat(7)}`,
  `whsec_${'c4n4ry'.repeat(7)}`,
  'c4'.repeat(32),
  'postgres://user:c4n4ry-pa55@db/x',
]
/** Has no form, and a line of a file may end with its padding. */
const RANDOM = 'c4n4ryQ2FuYXJ5IGluIGEgY29hbCBtaW5l'

test('a secret in the place of another value, or on a line of its own, is not shown', async (t) => {
  for (const secret of SECRETS) {
    const variables = Object.values(SETTINGS).map(({ variable }) => variable)
    const faults = await faultsOf(Object.fromEntries(variables.map((variable) => [variable, secret])))
    t.true(faults.length > 20, `${faults.length}`)
    t.notRegex(faults.join(), /c4n4ry|c4c4/)
    const tracing = {
      OTEL_TRACES_EXPORTER: secret,
      OTEL_TRACES_SAMPLER: secret,
      OTEL_BSP_SCHEDULE_DELAY: secret,
    }
    const error = t.throws(() => traceSettingsOf(tracing), { instanceOf: ConfigError })
    t.notRegex(error?.message ?? '', /c4n4ry|c4c4/)
  }
  const lines = [RANDOM, ...SECRETS].flatMap((each) => [
    each,
    `${each}=`,
    `${each}==`,
    `export KEY_${each}=1`,
  ])
  const path = await file('misplaced', lines.join('\n'))
  t.deepEqual(
    await faultsOf({ CONFIG_FILE: path }),
    lines.map((_, at) => `  Line ${at + 1} of ${path} does not have the form NAME=value.`),
  )
})

test('a value in quotes is refused, and quotes within one and a byte order mark are no fault', async (t) => {
  const path = await file('quoted', `SECRET_KEY="${SECRET}"\r\nHOST='a'\r\nMETRICS_TOKEN=""\r\n`)
  const quoted = (line: number, name: string) =>
    `  Line ${line} of ${path} sets ${name} in quotes, which would be part of the value.`
  t.deepEqual(await faultsOf({ CONFIG_FILE: path }), [
    quoted(1, 'SECRET_KEY'),
    quoted(2, 'HOST'),
    quoted(3, 'METRICS_TOKEN'),
  ])
  const plain = await file('plain', `\uFEFFPORT=7\r\nSECRET_KEY=${SECRET}"'\r\n`)
  t.like(await readSettings({ CONFIG_FILE: plain }), { port: 7, secretKey: `${SECRET}"'` })
})

test('a setting with a fault of its own is not reported as missing', async (t) => {
  t.deepEqual(await faultsOf({ CONFIG_FILE: '/missing', ADMIN_API: 'private', PORT: 'x' }), [
    '  CONFIG_FILE /missing cannot be read (ENOENT).',
    '  PORT is "x"; expected an integer from 0 to 65535.',
  ])
  const open = { ADMIN_HOST: '0.0.0.0', ADMIN_PORT: '0' }
  t.deepEqual(await faultsOf({ ...open, METRICS_TOKEN_FILE: '/missing' }), [
    '  METRICS_TOKEN_FILE cannot be read (ENOENT).',
  ])
  t.is((await faultsOf({ ...open, METRICS_TOKEN: 'short' })).length, 1)
  t.is((await faultsOf({ ADMIN_API: 'private', ADMIN_PORT: 'x' })).length, 1)
  t.is((await faultsOf({ DIRECT_DATABASE_URL: 'postgres://u@db/x', DATABASE_URL: 'mysql://db' })).length, 1)
})

test('a reload applies what can be applied, lists the rest, and changes nothing where there is a fault', async (t) => {
  const database = await createTestDatabase(t)
  const path = await file('live', 'LOG_LEVEL=silent\n')
  const read = () => readSettings({ CONFIG_FILE: path, PORT: '0' })
  const log = pino({ level: 'silent' })
  const gateway = await createGateway({
    config: await read(),
    ownerUrl: database.ownerUrl,
    secretKey: database.secretKey,
    readSettings: read,
    log,
  })
  t.teardown(gateway.close)
  const url = await gateway.listen()
  const { secret } = await createOperatorKey(gateway.pool, 'reload')
  const reload = () => ask(`${url}/admin/reload`, 'POST', undefined, { authorization: `Bearer ${secret}` })

  await file(
    'live',
    'LOG_LEVEL=fatal\nLOG_SLOW_MS=7\nLOG_SAMPLE_PERCENT=0\nAPI_RATE_LIMIT_PER_MINUTE=5\nPOOL_SIZE=9\n',
  )
  const applied = await reload()
  t.is(applied.status, 200, applied.text)
  t.deepEqual(applied.body, {
    applied: ['API_RATE_LIMIT_PER_MINUTE', 'LOG_LEVEL', 'LOG_SLOW_MS', 'LOG_SAMPLE_PERCENT'],
    needRestart: ['POOL_SIZE'],
  })
  t.is(log.level, 'fatal')
  const { rows } = await gateway.pool.query(
    `select details from tenantry.audit where action = 'settings.reloaded'`,
  )
  t.deepEqual(rows, [{ details: applied.body }])

  await file('live', 'LOG_LEVEL=silent\nPROT=1\nPOOL_SIZE=x\nMAX_BATCH=0\n')
  const refused = await reload()
  t.is(refused.status, 400)
  for (const fault of [/has 3 faults/, /Line 2 of .* sets "PROT"/, /POOL_SIZE is "x"/, /MAX_BATCH is "0"/])
    t.regex(refused.body.messages.join(' '), fault)
  t.is(log.level, 'fatal')
  // What still waits for a restart is listed again.
  await file(
    'live',
    'LOG_LEVEL=fatal\nLOG_SLOW_MS=7\nLOG_SAMPLE_PERCENT=0\nAPI_RATE_LIMIT_PER_MINUTE=5\nPOOL_SIZE=9\n',
  )
  t.deepEqual(await gateway.reload(), { applied: [], needRestart: ['POOL_SIZE'] })
  t.is((await ask(`${url}/admin/reload`, 'POST')).status, 401)
})
