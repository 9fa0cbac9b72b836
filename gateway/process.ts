// The life of the process: environment → Postgres → gateway → welcome, and shutdown on a signal. Exit code 0
// after a graceful end, 1 if the gateway could not start or a second signal came.

import { startEmbeddedPostgres } from '../sql/embedded.ts'
import { type Config, ownerUrlOf } from './config.ts'
import { CONSOLE_DIRECTORY, createConsoleBuild } from './console/build.ts'
import type { FirstStart } from './demo/firstStart.ts'
import { welcome } from './demo/welcome.ts'
import { createLog, type LogOutput } from './http/log.ts'
import { type Environment, reasonOf } from './launch.ts'
import { openTracing, type Tracing } from './observe/trace/tracing.ts'
import { loadSecretKey } from './secretKey.ts'
import { readSettings } from './settingSources.ts'
import { processesOf } from './share.ts'

type Stop = () => Promise<void>

/** Everything started so far; stopped in reverse. */
const createStops = () => {
  const stops: Stop[] = []
  let drain: Stop = async () => {}
  let stopping: Promise<void> | null = null
  const stopAll = async (): Promise<void> => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop()
  }
  return {
    add: (stop: Stop): void => void stops.push(stop),
    setDrain: (work: Stop): void => {
      drain = work
    },
    /** @param drains first keeps serving for a while */
    all: (drains = false): Promise<void> => {
      stopping ??= drains ? drain().then(stopAll) : stopAll()
      return stopping
    },
    hasBegun: (): boolean => stopping !== null,
  }
}

type Stops = ReturnType<typeof createStops>

const openPostgres = async (config: Config, { log }: LogOutput, stops: Stops): Promise<string> => {
  const url = ownerUrlOf(config)
  if (url !== null) return url
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  stops.add(postgres.stop)
  return postgres.ownerUrl
}

type LateSignal = 'SIGHUP' | 'SIGUSR2'

/** Without a handler the signal would end a process that starts: an early one waits for its handler. */
const createSignals = () => {
  const early = new Set<LateSignal>()
  const handlers = new Map<LateSignal, () => void>()
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const)
    process.on(signal, () => {
      const handle = handlers.get(signal)
      if (handle === undefined) early.add(signal)
      else handle()
    })
  return {
    on: (signal: LateSignal, handle: () => void): void => {
      handlers.set(signal, handle)
      if (early.delete(signal)) handle()
    },
  }
}

type Signals = ReturnType<typeof createSignals>

interface Run {
  readonly config: Config
  readonly environment: Environment
  readonly logging: LogOutput
  readonly stops: Stops
  readonly signals: Signals
  readonly tracing?: Tracing | undefined
}

const run = async ({ config, environment, logging, stops, signals, tracing }: Run): Promise<void> => {
  // Loaded while Postgres starts: the compiler behind GraphQL takes longer to load than everything else
  // together.
  const [ownerUrl, { createGateway }, { makeDemo }] = await Promise.all([
    openPostgres(config, logging, stops),
    import('./start.ts'),
    import('./demo/firstStart.ts'),
  ])
  // A directory that Postgres refuses stays as it is.
  const secretKey = config.secretKey ?? (await loadSecretKey(config.dataDir))
  const build = createConsoleBuild(logging.log)
  stops.add(build.stop)
  if (tracing !== undefined) stops.add(tracing.close)
  const gateway = await createGateway({
    config,
    ownerUrl,
    secretKey,
    log: logging.log,
    readSettings: () => readSettings(environment),
    tracing,
    console: { directory: CONSOLE_DIRECTORY, buildState: build.state },
  })
  stops.add(gateway.close)
  stops.setDrain(gateway.drain)
  reloadOnSignal(signals, gateway.reload, logging)
  ignoreReplacement(signals, logging)
  let first: FirstStart | null = null
  const url = await gateway.listen(async () => {
    if (gateway.isFirstStart) first = await makeDemo(gateway.pool, gateway.tokens, new Date())
  })
  if (config.servesConsole) build.start()
  process.stdout.write(welcome(url, first))
}

/** Several processes: the other ones serve, and this one looks after them. */
const runSeveral = async ({ config, environment, logging, stops, signals }: Run): Promise<void> => {
  const ownerUrl = await openPostgres(config, logging, stops)
  const secretKey = config.secretKey ?? (await loadSecretKey(config.dataDir))
  const { runPrimary } = await import('./processes/primary.ts')
  const onFailed = (): void => {
    logging.log.fatal({}, 'no process could be started: the gateway exits')
    void stops.all().finally(() => process.exit(1))
  }
  const processes = processesOf(config)
  const primary = await runPrimary({
    processes,
    config,
    logging,
    ownerUrl,
    secretKey,
    readSettings: () => readSettings(environment),
    onFailed,
  })
  let drains = false
  stops.add(() => primary.stop(drains))
  stops.setDrain(async () => {
    drains = true
  })
  reloadOnSignal(signals, primary.reload, logging)
  signals.on('SIGUSR2', () => {
    logging.log.info({ processes }, 'replacing the processes one by one')
    primary.replaceAll().then(
      () => logging.log.info({ processes }, 'all processes were replaced'),
      (error: unknown) => logging.log.error({ err: error }, 'not all processes were replaced'),
    )
  })
  await primary.start()
}

const ignoreReplacement = (signals: Signals, { log }: LogOutput): void => {
  signals.on('SIGUSR2', () => log.info('SIGUSR2 is ignored: it replaces processes, and PROCESSES is 1'))
}

const reloadOnSignal = (signals: Signals, reload: () => Promise<unknown>, { log }: LogOutput): void => {
  signals.on('SIGHUP', () => {
    reload().then(
      (reloaded) => log.info({ ...Object(reloaded) }, 'the settings were reloaded'),
      (error: unknown) =>
        log.error({ err: error }, 'the settings are invalid: the previous ones stay in use'),
    )
  })
}

const listenToSignals = ({ log, flush }: LogOutput, stops: Stops): void => {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stops.hasBegun()) {
      log.warn({ signal }, 'received a second signal: exiting immediately')
      process.exit(1)
    }
    log.info({ signal }, 'shutting down: running requests have 10 seconds')
    stops.all(signal === 'SIGTERM').then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the gateway did not shut down cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('exit', flush)
}

/** The process that failed has written the reason. */
const isReported = (error: unknown): boolean => error instanceof Error && error.name === 'ProcessEnded'

const start = async (environment: Environment): Promise<void> => {
  const signals = createSignals()
  const config = await readSettings(environment)
  const isAlone = processesOf(config) === 1
  // Worker processes open their own.
  const tracing = isAlone ? await openTracing(environment) : undefined
  const logging = createLog(config.logLevel, { fields: tracing?.logFields })
  tracing?.reportTo(logging.log)
  const stops = createStops()
  listenToSignals(logging, stops)
  try {
    if (isAlone) await run({ config, environment, logging, stops, signals, tracing })
    else await runSeveral({ config, environment, logging, stops, signals })
  } catch (error) {
    // A start that a signal interrupts fails; the signal decides the exit code.
    if (stops.hasBegun()) return
    logging.log.debug({ err: error }, 'the start failed')
    if (!isReported(error)) process.stderr.write(`Tenantry cannot start. ${reasonOf(error, config)}\n`)
    await stops.all().catch(() => {})
    process.exit(1)
  }
}

export const runGateway = (environment: Environment): Promise<void> =>
  start(environment).catch((error: unknown) => {
    process.stderr.write(`Tenantry cannot start. ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
