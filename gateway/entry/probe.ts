// Whether Postgres is reachable: a check that settles in bounded time and never rejects. /readyz is public,
// so concurrent checks share one query, and its result is kept for a moment.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'

const ANSWER_WITHIN_MS = 2000
const GOOD_FOR_MS = 500

export const createProbe = (
  pool: Pool,
  now: () => number = () => performance.now(),
): (() => Promise<boolean>) => {
  let last: { readonly answer: Promise<boolean>; readonly askedAtMs: number } | null = null
  let isAsking = false

  const ask = async (): Promise<boolean> => {
    const limit = new AbortController()
    try {
      return await Promise.race([
        pool.query('select 1').then(
          () => true,
          () => false,
        ),
        sleep(ANSWER_WITHIN_MS, false, { signal: limit.signal, ref: false }),
      ])
    } finally {
      limit.abort()
      isAsking = false
    }
  }

  return () => {
    if (last !== null && (isAsking || now() - last.askedAtMs < GOOD_FOR_MS)) return last.answer
    isAsking = true
    last = { answer: ask(), askedAtMs: now() }
    return last.answer
  }
}
