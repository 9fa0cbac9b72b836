// What the measurements of webhooks share: webhooks with local receivers, and writes that they deliver.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { median } from './median.ts'
import { nowMs } from './sinks.ts'

/** Each gets a webhook. */
export const RECEIVERS = 10

export interface Writable {
  readonly workspaceId: string
  readonly token: string
}

const ask = async (origin: string, token: string, method: string, path: string, body: object) => {
  const response = await fetch(origin + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
  return JSON.parse(text)
}

/** Webhooks for new companies, one per URL. @returns their ids */
export const createWebhooks = async (
  origin: string,
  { token }: Writable,
  urls: readonly string[],
): Promise<readonly string[]> => {
  const ids: string[] = []
  for (const targetUrl of urls) {
    const input = { targetUrl, operations: ['company.created'] }
    ids.push((await ask(origin, token, 'POST', '/rest/metadata/webhooks', input)).id)
  }
  return ids
}

export const removeWebhooks = (pool: Pool, { workspaceId }: Writable) =>
  pool.query('delete from tenantry.webhooks where workspace_id = $1', [workspaceId])

let counter = 0

/** @returns when the write began */
export const write = async (origin: string, { token }: Writable): Promise<readonly [string, number]> => {
  counter += 1
  const name = `webhook ${counter}`
  const atMs = nowMs()
  await ask(origin, token, 'POST', '/rest/companies', { name })
  return [name, atMs]
}

export const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = nowMs() + 120_000
  while (!(await holds())) {
    if (nowMs() > deadline) throw new Error(`Still not so after 120 s: ${what}.`)
    await sleep(20)
  }
}

/** The median of ratios, the least and the greatest. */
export const spreadOf = (ratios: readonly number[]): string => {
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)]
  return `${middle.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}
