// Runs the builds of model changes: after each change, every minute, and soon after one that waits for a
// transaction.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import { type EndedStep, type RunOptions, runBuilds } from '../../tenants/model/change/run/runBuilds.ts'
import { createRounds, type Rounds } from './rounds.ts'

const EVERY_MS = 60_000
/** After a build that waits. */
const AGAIN_MS = 2_000

interface BuildsOptions {
  readonly pool: Pool
  readonly log: Log
  readonly options: RunOptions & { readonly signal: AbortSignal }
  /** Logs a failure of the job. */
  readonly attempt: (name: string, job: () => Promise<unknown>) => Promise<void>
}

const logStep = (log: Log, { state, ...step }: EndedStep): void => {
  if (state === 'ready') log.info(step, 'finished a build of a model change')
  else if (state === 'failed') log.warn(step, 'a build of a model change failed')
  else log.info(step, 'a build waits for other transactions; trying again')
}

/** They end when the signal of the options does. */
export const createBuilds = ({ pool, log, options, attempt }: BuildsOptions): Rounds => {
  let again: NodeJS.Timeout | undefined
  const rounds = createRounds(EVERY_MS, () =>
    attempt('build', async () => {
      const steps = await runBuilds(pool, options)
      for (const step of steps) logStep(log, step)
      clearTimeout(again)
      if (!options.signal.aborted && steps.some(({ state }) => state === 'waiting'))
        again = setTimeout(() => void rounds.run(), AGAIN_MS).unref()
    }),
  )
  options.signal.addEventListener('abort', () => clearTimeout(again))
  return rounds
}
