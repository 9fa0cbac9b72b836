import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadSecretKey } from '../../gateway/secretKey.ts'

const scratch = async (t: ExecutionContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-secret-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

test('a secret is made once, for its owner alone, and kept', async (t) => {
  const dataDir = join(await scratch(t), 'new', 'data')
  const secret = await loadSecretKey(dataDir)
  t.true(secret.length >= 32)
  t.is((await stat(join(dataDir, 'secret_key'))).mode & 0o777, 0o600)
  t.is(await loadSecretKey(dataDir), secret)
})

test('processes that start together agree on one secret and leave nothing else behind', async (t) => {
  const dataDir = await scratch(t)
  const secrets = await Promise.all(Array.from({ length: 10 }, () => loadSecretKey(dataDir)))
  t.is(new Set(secrets).size, 1)
  t.deepEqual(await readdir(dataDir), ['secret_key'])
})

test('a damaged secret is reported instead of replaced', async (t) => {
  const dataDir = await scratch(t)
  await writeFile(join(dataDir, 'secret_key'), '')
  await t.throwsAsync(loadSecretKey(dataDir), { message: /damaged/ })
})
