// The life of one of several processes. The primary starts it, hands it what it needs, and ends it; signals
// are the primary's.

import type { Config } from '../config.ts'
import { CONSOLE_DIRECTORY, createConsoleBuild } from '../console/build.ts'
import { type FirstStart, makeDemo } from '../demo/firstStart.ts'
import { welcome } from '../demo/welcome.ts'
import { createLog } from '../http/log.ts'
import { type Environment, reasonOf } from '../launch.ts'
import { openTracing } from '../observe/trace/tracing.ts'
import { shareOfConfig } from '../share.ts'
import { createGateway } from '../start.ts'
import { type Channel, createChannel } from './channel.ts'
import type { Beginning } from './primary.ts'
import { createSiblings } from './siblings.ts'

/** A replaced process ends its connections with their next answers, for so long at least. */
const REPLACED_AFTER_MS = 1_000
const BEGIN_WITHIN_MS = 60_000

interface StopQuestion {
  /** Serves on for DRAIN_DELAY_SECONDS first. */
  readonly drains?: boolean
  /** Others serve meanwhile. */
  readonly isReplaced?: boolean
}

const openChannel = (): Channel => {
  const channel = createChannel((message) => void process.send?.(message))
  process.on('message', channel.onMessage)
  // A terminal sends its signals to the whole group, the service manager to all of its processes.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})
  channel.answer({ beat: () => true, stop: () => process.exit(0) })
  return channel
}

interface Run {
  readonly environment: Environment
  readonly channel: Channel
  readonly begun: Beginning
}

const run = async ({ environment, channel, begun }: Run): Promise<void> => {
  const { processes, ownerUrl, secretKey, isFirst } = begun
  const config = shareOfConfig(begun.config, processes)
  const tracing = await openTracing(environment)
  const { log, flush } = createLog(config.logLevel, { fields: tracing?.logFields })
  tracing?.reportTo(log)
  process.on('exit', flush)
  const build = createConsoleBuild(log)
  const gateway = await createGateway({
    config,
    ownerUrl,
    secretKey,
    log,
    readSettings: async () => shareOfConfig((await channel.ask('settings')) as Config, processes),
    tracing,
    console: { directory: CONSOLE_DIRECTORY, buildState: build.state },
    siblings: createSiblings(channel, begun),
  })
  channel.answer({
    reload: gateway.reload,
    stop: async ({ drains = false, isReplaced = false }: StopQuestion) => {
      if (isReplaced) await gateway.drain(Math.max(REPLACED_AFTER_MS, config.drainDelaySeconds * 1000))
      else if (drains) await gateway.drain()
      await gateway.close()
      await tracing?.close()
      await build.stop()
      process.exit(0)
    },
  })
  let first: FirstStart | null = null
  const url = await gateway.listen(async () => {
    if (gateway.isFirstStart) first = await makeDemo(gateway.pool, gateway.tokens, new Date())
  })
  if (isFirst && config.servesConsole) build.start()
  if (isFirst) process.stdout.write(welcome(url, first))
  await channel.ask('serving')
  // A reload during the start did not ask this process.
  await gateway.reload()
}

export const runProcess = async (environment: Environment): Promise<void> => {
  const channel = openChannel()
  let begun: Beginning | null = null
  try {
    begun = (await channel.ask('begin', undefined, BEGIN_WITHIN_MS)) as Beginning
    await run({ environment, channel, begun })
  } catch (error) {
    const reason = begun === null ? String(error) : reasonOf(error, begun.config)
    process.stderr.write(`Tenantry cannot start. ${reason}\n`)
    process.exit(1)
  }
}
