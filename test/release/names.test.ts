// No name of the last release disappears unless the changelog names it. UPDATE_RELEASE_NAMES=1 writes the
// names of a release.

import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'
import { brokenNames, type Names, parseNames, readNames, unnamedBreaks, writeNames } from './names.ts'

const RELEASED = new URL('../fixtures/released-names.txt', import.meta.url)
const CHANGELOG = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8')

let current: Names

test.before(async () => {
  const database = await openTestDatabase()
  try {
    const { schemaName } = await createWorkspace(database.pool, { name: 'Released', standardObjects: true })
    const catalog = await readCatalog(database.pool, schemaName)
    if (catalog === null) throw new Error('The workspace has no schema.')
    current = await readNames(deriveModel(catalog, { standard: true }))
  } finally {
    await database.close()
  }
  if (process.env.UPDATE_RELEASE_NAMES === '1') writeFileSync(RELEASED, writeNames(current))
})

test('every name of the last release is there, or the changelog names it as removed', (t) => {
  const released = parseNames(readFileSync(RELEASED, 'utf8'))
  t.true(released.size > 300)
  t.deepEqual(unnamedBreaks(brokenNames(released, current), CHANGELOG), [])
})

test('a removed name is found, until the changelog names it', (t) => {
  const removals: readonly (readonly [string, string])[] = [
    ['openapi core get /companies', 'filter'],
    ['/graphql Company', 'name'],
    ['command key create', '--role'],
    ['metric tenantry_rate_limited_total', 'scope'],
  ]
  for (const [owner, name] of removals) {
    const without = new Map(current)
    const own = without.get(owner) ?? []
    t.true(own.includes(name), owner)
    without.set(
      owner,
      own.filter((each) => each !== name),
    )
    const broken = brokenNames(current, without)
    t.deepEqual(broken, [`${owner}: ${name}`])
    t.deepEqual(unnamedBreaks(broken, '### Added\n\n- `x`\n'), broken)
    t.deepEqual(unnamedBreaks(broken, `### Removed\n\n- \`${owner}: ${name}\`\n\n### Fixed\n`), [])
  }
  const gone = new Map([...current].filter(([owner]) => owner !== 'metric tenantry_build_info'))
  t.deepEqual(brokenNames(current, gone), ['metric tenantry_build_info'])
})

test('names that are written are read again as they were', (t) => {
  const read = parseNames(writeNames(current))
  t.deepEqual(brokenNames(current, read), [])
  t.deepEqual(brokenNames(read, current), [])
})
