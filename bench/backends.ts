// Private memory of Postgres' backends after many workspaces were opened: `npm run bench -- --backends 3000`.
// Creates the workspaces, reads every standard object of each over REST, and prints the largest RssAnon that
// a backend reached, with the replacements of connections by cause. Fails above the limit. Linux alone.

import type { Pool } from 'pg'
import { readConfig } from '../gateway/config.ts'
import type { Gateway, GatewayOptions } from '../gateway/start.ts'
import { STANDARD_OBJECTS } from '../tenants/model/standard/standard.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import { inParallel } from './inParallel.ts'
import { createToken } from './key.ts'
import { memoryMb } from './memory.ts'

const LIMIT_MB = 200

export interface BackendsOptions {
  readonly pool: Pool
  readonly ownerUrl: string
  readonly secretKey: string
  readonly workspaces: number
  readonly log: GatewayOptions['log']
}

/** The largest RssAnon of a backend of each application, so far. */
const createSampler = (pool: Pool) => {
  const largest = new Map<string, number>()
  const sample = async (): Promise<void> => {
    const { rows } = await pool.query<{ pid: number; name: string }>(
      `select pid, application_name as name from pg_stat_activity where backend_type = 'client backend'`,
    )
    for (const { pid, name } of rows)
      largest.set(name, Math.max(largest.get(name) ?? 0, memoryMb(pid, 'private')))
  }
  return { sample, largest }
}

const createTokens = async (
  { pool, tokens }: Gateway,
  count: number,
  sample: () => Promise<void>,
): Promise<readonly string[]> => {
  const all: string[] = []
  await inParallel(count, async (index) => {
    const { id } = await createWorkspace(pool, { name: `Bench ${index}` })
    all.push(await createToken(pool, tokens.issue, id))
    if (index % 20 === 0) await sample()
  })
  return all
}

export const measureBackends = async (options: BackendsOptions): Promise<void> => {
  const { pool, ownerUrl, secretKey, workspaces, log } = options
  const config = readConfig({ PORT: '0', API_RATE_LIMIT_PER_MINUTE: '10000000' })
  // Here, because walk.ts hooks into the first import.
  const { createGateway } = await import('../gateway/start.ts')
  const gateway = await createGateway({ config, ownerUrl, secretKey, log })
  const { sample, largest } = createSampler(pool)
  const print = (stage: string): void => {
    const each = [...largest].map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`)
    const { recycled, age, memory } = gateway.stats().connections
    console.log(`${stage}: ${each.join(', ')}; replaced ${recycled} (age ${age}, memory ${memory})`)
  }
  try {
    const origin = await gateway.listen()
    const all = await createTokens(gateway, workspaces, sample)
    print(`${workspaces} workspaces created`)
    const paths = STANDARD_OBJECTS.map(({ namePlural }) => `${origin}/rest/${namePlural}`)
    await inParallel(workspaces, async (index) => {
      const headers = { authorization: `Bearer ${all[index]}` }
      for (const path of paths) {
        // Every other workspace with relations.
        const response = await fetch(`${path}?depth=${index % 2}`, { headers })
        await response.arrayBuffer()
        if (!response.ok) throw new Error(`${path} answered ${response.status}`)
      }
      if (index % 20 === 0) await sample()
    })
    await sample()
    print(`${workspaces} workspaces opened, ${paths.length} objects each`)
    const most = Math.max(...largest.values())
    if (most > LIMIT_MB) throw new Error(`A backend reached ${most.toFixed(0)} MB; the limit is ${LIMIT_MB}.`)
  } finally {
    await gateway.close()
  }
}
