import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import pino from 'pino'
import { readConfig } from '../../gateway/config.ts'
import { readSettingSources } from '../../gateway/settingSources.ts'
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
  const config = readConfig(await readSettingSources({ CONFIG_FILE: path, PORT: '2', LOG_LEVEL: '' }))
  t.like(config, { rateLimitPerMinute: 7, port: 2, secretKey: SECRET, redisUrl: 'redis://a=b@r' })
  const nearer = await readSettingSources({ CONFIG_FILE: path, SECRET_KEY: 'n'.repeat(40) })
  t.is(nearer.SECRET_KEY, 'n'.repeat(40))
})

test('every fault of the files is reported at once, by line, without a value', async (t) => {
  const path = await file('faulty', 'PORT\nPROT=1\nHOST=a\nHOST=b\nMETRICS_TOKEN_FILE=/missing/hunter2\n')
  const error = await t.throwsAsync(
    readSettingSources({ CONFIG_FILE: path, SECRET_KEY: 'hunter2', SECRET_KEY_FILE: path }),
  )
  t.deepEqual(error?.message.split('\n').slice(1), [
    `  Line 1 of ${path} does not have the form NAME=value.`,
    `  Line 2 of ${path} sets "PROT", which is not a setting.`,
    `  Line 4 of ${path} sets HOST a second time.`,
    '  SECRET_KEY and SECRET_KEY_FILE are both set.',
    '  METRICS_TOKEN_FILE cannot be read (ENOENT).',
  ])
  t.regex(
    (await t.throwsAsync(readSettingSources({ CONFIG_FILE: '/missing' })))?.message ?? '',
    /CONFIG_FILE \/missing cannot be read/,
  )
})

test('a reload applies what can be applied, lists the rest, and changes nothing where there is a fault', async (t) => {
  const database = await createTestDatabase(t)
  const path = await file('live', 'LOG_LEVEL=silent\n')
  const readSettings = async () => readConfig(await readSettingSources({ CONFIG_FILE: path, PORT: '0' }))
  const log = pino({ level: 'silent' })
  const gateway = await createGateway({
    config: await readSettings(),
    ownerUrl: database.ownerUrl,
    secretKey: database.secretKey,
    readSettings,
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

  await file('live', 'LOG_LEVEL=silent\nPOOL_SIZE=x\n')
  const refused = await reload()
  t.is(refused.status, 400)
  t.regex(refused.body.messages.join(' '), /POOL_SIZE is "x"/)
  t.is(log.level, 'fatal')
  // What still waits for a restart is listed again.
  await file(
    'live',
    'LOG_LEVEL=fatal\nLOG_SLOW_MS=7\nLOG_SAMPLE_PERCENT=0\nAPI_RATE_LIMIT_PER_MINUTE=5\nPOOL_SIZE=9\n',
  )
  t.deepEqual(await gateway.reload(), { applied: [], needRestart: ['POOL_SIZE'] })
  t.is((await ask(`${url}/admin/reload`, 'POST')).status, 401)
})
