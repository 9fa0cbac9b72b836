// What a restricted role costs. In: a database that is seeded; out: a table of requests per second, as an
// administrator and as a role with a record rule and hidden fields, limits on, counted in the process and in
// Redis. The two take turns on one gateway.

import { spawn } from 'node:child_process'
import type { Pool } from 'pg'
import { freePort } from '../sql/embedded/port.ts'
import { upsertFieldPermissions } from '../tenants/permission/object.ts'
import { upsertRowRules } from '../tenants/permission/record.ts'
import { createRole } from '../tenants/permission/role.ts'
import { check, measure } from './load.ts'
import { median } from './median.ts'
import { scenarios } from './scenarios.ts'

const LABEL = 'Restricted'
const CONNECTIONS = 16
const WARM_UP_S = 1
const MEASURED = new Set(['get', 'list 20', 'create'])

/** Sees companies by a rule, and neither how their LinkedIn pages are called nor what people do. */
export const createRestrictedRole = async (pool: Pool, workspaceId: string): Promise<string> => {
  const role = await createRole(pool, workspaceId, {
    label: LABEL,
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canCreateAllObjectRecords: true,
  })
  await upsertFieldPermissions(pool, workspaceId, role.id, [
    { table: 'company', column: 'linkedin_link_primary_link_label', canRead: false, canUpdate: false },
    { table: 'person', column: 'job_title', canRead: false, canUpdate: false },
  ])
  await upsertRowRules(pool, workspaceId, role.id, 'company', {
    rules: [{ column: 'name', operand: 'IS_NOT', value: 'Nobody' }],
    groups: [],
  })
  return role.id
}

export interface Redis {
  readonly url: string
  readonly stop: () => void
}

export const startRedis = async (): Promise<Redis> => {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  })
  return { url: `redis://127.0.0.1:${port}`, stop: () => void child.kill() }
}

export interface RoleOptions {
  readonly origins: Readonly<Record<'process' | 'Redis', string>>
  readonly companyIds: readonly string[]
  readonly admin: string
  readonly restricted: string
  readonly seconds: number
  readonly rounds: number
}

export const measureRole = async (options: RoleOptions): Promise<void> => {
  const { origins, companyIds, seconds, rounds } = options
  const asAdmin = scenarios(companyIds, options.admin)
  const asRestricted = scenarios(companyIds, options.restricted)
  console.log('| protocol | scenario | limits in | restricted req/s | administrator req/s | ratio | target |')
  console.log('|---|---|---|---|---|---|---|')
  for (const [place, origin] of Object.entries(origins)) {
    for (const [index, { protocol, name, calls }] of asAdmin.entries()) {
      const pair = [asRestricted[index]?.calls.tenantry, calls.tenantry]
      const [restricted, admin] = pair
      if (!MEASURED.has(name) || restricted === undefined || admin === undefined) continue
      const sides = [
        { call: restricted, perSecond: [] as number[] },
        { call: admin, perSecond: [] as number[] },
      ]
      for (const { call } of sides) {
        await check(origin, call)
        await measure(origin, call, CONNECTIONS, WARM_UP_S)
      }
      for (let round = 0; round < rounds; round += 1)
        for (const { call, perSecond } of round % 2 === 0 ? sides : sides.toReversed())
          perSecond.push((await measure(origin, call, CONNECTIONS, seconds)).perSecond)
      const [ours = Number.NaN, theirs = Number.NaN] = sides.map(({ perSecond }) => median(perSecond))
      console.log(
        `| ${protocol} | ${name} | ${place} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(2)} | ≥ 0.9 |`,
      )
    }
  }
}
