// One gateway, wired and ready to listen. It owns all its resources, so that tests and benchmarks run several
// in one process. process.ts provides Postgres and the secret, and prints the welcome.

import { setTimeout as sleep } from 'node:timers/promises'
import { createElection } from '../sql/election.ts'
import { watchEventTriggers } from '../sql/eventTriggers.ts'
import type { Operator } from '../tenants/operator.ts'
import { addUsage } from '../tenants/usage.ts'
import { createAdmin } from './admin/api.ts'
import { createHostSubscription } from './admin/host/subscription.ts'
import { createApp } from './app.ts'
import type { Caller } from './auth/caller.ts'
import { createCallers } from './auth/callers.ts'
import { answerJwks } from './auth/jwks.ts'
import { createPermissionCache } from './auth/permissions.ts'
import { readJwks } from './auth/signing.ts'
import { createTokens } from './auth/token.ts'
import { createCacheBudget } from './cache/budget.ts'
import { cacheBytes } from './cache/memory.ts'
import { createChanges } from './changes/changes.ts'
import { createLayouts } from './changes/layouts.ts'
import { createConsole } from './console/console.ts'
import { addressOf } from './demo/address.ts'
import { createAuthentication } from './entry/authorise.ts'
import { createSocketAuthorisation } from './entry/authoriseSocket.ts'
import { watchCoordinator } from './entry/outage.ts'
import { createContextLoader, type RequestContext } from './entry/requestContext.ts'
import { createRetry, createSecondLook, readOnce } from './entry/retry.ts'
import type { Gateway, GatewayOptions } from './gateway.ts'
import { createGraphQLPart } from './graphql/graphql.ts'
import type { CompiledSchema } from './graphql/schema/compile.ts'
import { createCompiledVersions } from './graphql/schema/wiring.ts'
import { createHistory } from './history/history.ts'
import { createJsonReader } from './http/body.ts'
import { obstacleOf, type Phase } from './http/health.ts'
import { answerRoot } from './http/root.ts'
import { createHttpServer } from './http/server.ts'
import { createMaintenance } from './jobs/maintenance.ts'
import { createNamePins } from './jobs/namePins.ts'
import { openCounters } from './limits/counters.ts'
import { createThrottle } from './limits/throttle.ts'
import { createMetadata } from './metadata/metadata.ts'
import { createTokenExchange } from './metadata/people/signIn.ts'
import { openAdminPort } from './observe/adminPort.ts'
import { observeMachine } from './observe/machine.ts'
import { createTop } from './observe/top.ts'
import { createOpenApi } from './openapi/route.ts'
import { prepareDatabase } from './prepareDatabase.ts'
import { createRoleModels } from './records/model/roleModel.ts'
import { createListStatements } from './records/select/listStatements.ts'
import { createTurns } from './records/write/retry.ts'
import { createReload } from './reload.ts'
import { createRest } from './rest/route.ts'
import { createRoutes } from './routes.ts'
import { CLOSE_WITHIN_MS, inOrder, inTurn } from './shutdown.ts'
import { createMeter } from './usage/meter.ts'
import { createWebhooks } from './webhooks/webhooks.ts'
import { watchChanges } from './workspace/watch.ts'
import { createWorkspaces } from './workspace/workspaces.ts'

export type { Gateway, GatewayOptions } from './gateway.ts'

export const createGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { config, log, readSettings = async () => config, siblings, tracing } = options
  const { console: built, webhookWorld: world, socketInitMs: initWaitMs } = options
  let ownPort = config.port
  const { pool, servers, direct, requests, ...prepared } = await prepareDatabase(options)
  const { eventTriggers, isFirstStart, keyring, signingKeys, placing } = prepared
  const { openPlacement = placing } = options
  const admin = await openAdminPort(config, siblings)
  const top = createTop(admin?.metrics)
  const budget = createCacheBudget(cacheBytes(config.cacheMemoryMb))
  const tokens = createTokens(signingKeys, Date.now, budget)
  const placement = openPlacement({
    coordinator: pool,
    servers,
    direct,
    requests,
    ...config,
    texts: budget.open({ name: 'statement texts', retention: 8 }),
    locations: budget.open({ name: 'nodes of workspaces', retention: 8 }),
    log,
    onStatement: top.onStatement,
    onWrite: () => changes.look(),
    traced: tracing?.connections,
  })
  const { connections, workers } = placement
  const election = createElection('feed')
  const watch = watchChanges({ targets: placement.listenTargets(), log, election })
  const { isServed, tolerating } = watchCoordinator({ pool, servers, placement, watch, ...config })
  const isWatched = tolerating(watch.isAnswering)
  const callers = createCallers({ pool, tokens, log, isWatched, budget, ...config })
  const permissions = createPermissionCache(pool, { isWatched, budget })
  const schemaVersions = createCompiledVersions({
    log,
    budget,
    onEvict: (workspaceIds) => workspaces.drop(workspaceIds),
  })
  const namePins = createNamePins(pool, log)
  const workspaces = createWorkspaces({
    ownerPool: pool,
    schemaVersions,
    isWatched: tolerating(watch.isListening),
    budget,
    shardsOf: placement.shardsOf,
    onRead: namePins.keep,
  })
  const announced = [workspaces, callers, permissions, signingKeys]
  const announce = (payload: string): void => announced.forEach(({ invalidate }) => void invalidate(payload))
  watch.subscribe(...announced)
  workspaces.setAnnounced(eventTriggers)
  const triggers = watchEventTriggers({
    pool,
    log,
    wereEnabled: eventTriggers,
    onSwitch: workspaces.setAnnounced,
    onGap: workspaces.invalidateAll,
  })
  const counters = await openCounters(config.redisUrl, log, siblings?.counters)
  const throttle = createThrottle({
    createCounter: counters.create,
    perKey: config.rateLimitPerMinute,
    perWorkspace: config.workspaceRateLimitPerMinute,
    onFailed: callers.onFailed,
    onRefused: admin?.metrics.onRateLimited,
  })
  const accessLog = { slowMs: config.slowLogMs, percent: config.loggedPercent }
  const reload = createReload(config, readSettings, { log, accessLog, throttle })
  const readJson = createJsonReader({ limitBytes: config.bodyLimitBytes })
  const readExactJson = readOnce(createJsonReader({ limitBytes: config.bodyLimitBytes, keepsDigits: true }))
  const open = createContextLoader({
    workspaces,
    permissionsOf: permissions.of,
    roleModelOf: createRoleModels(budget),
    touchModel: schemaVersions.touch,
    ...config,
  })
  const authenticate = createAuthentication(callers)
  const layoutOf = createLayouts(pool, budget)
  const feedParts = { pool, placement, log, keyring, callers, open, layoutOf, readJson, config }
  const changes = createChanges({ ...feedParts, election, isWatched })
  const history = createHistory({ ...feedParts, connections, collect: changes.collect })
  const own = {
    servers: [...servers.urls, ...requests.servers.urls],
    port: () => ownPort,
    adminPort: (): number | null => admin?.port() ?? null,
    world,
    observer: admin?.metrics.webhooks,
  }
  const sending = { ...feedParts, ...own, changes, workspaces, tracing: tracing?.webhooks }
  const webhooks = createWebhooks(sending)
  const host = createHostSubscription({ ...sending, webhooks })
  watch.subscribe(changes, webhooks, host)
  const meter = createMeter({
    write: (rows) => addUsage(pool, rows),
    onRequest: top.onRequest,
    onError: (error) => log.warn({ err: error }, 'cannot record the usage of the APIs; trying again later'),
  })
  const forget = (workspaceId: string): void => {
    workspaces.forget(workspaceId)
    // New columns are inaccessible until the permissions are read again.
    permissions.invalidate(`workspace ${workspaceId}`)
  }
  const renewal = { open, forget, isOutdated: workspaces.isOutdated }
  const secondLook = createSecondLook<CompiledSchema>(renewal)
  const statements = { connections, turns: createTurns(), lists: createListStatements(budget) }
  const records = { ...statements, openPast: history.open, readJson: readExactJson, budget, tracing }
  const authorisation = { authenticate, throttle, open }
  const sockets = { ...createSocketAuthorisation(authorisation, config), feed: changes.feed, initWaitMs }
  const graphql = createGraphQLPart({ ...records, ...sockets, log, secondLook, schemaVersions, config })
  const metadata = createMetadata({
    ...config,
    ...{ pool, connections, log, budget, forget },
    reuse: workspaces.reuse,
    readJson: readExactJson,
    build: () => void maintenance.build(),
    secondLook: createSecondLook<unknown>(renewal),
    announce,
    issue: tokens.issue,
    exchangeFor: createTokenExchange({ pool, tokens, members: callers.members, throttle }),
    rateLimitPerMinute: () => throttle.limits().perKey,
    printCoreSchema: graphql.printSchema,
    settleCapture: history.settleCapture,
    webhooks,
  })
  const settingsOf = async (workspaceId: string) => (await workspaces.open(workspaceId)).settings
  const consoleSide = createConsole({ config, pool, callers, throttle, meter, readJson, settingsOf, built })
  let phase: Phase = 'starting'
  const health = { obstacle: obstacleOf(isServed), phase: () => phase, warning: servers.warning }
  const machine = observeMachine({ budget, running: connections.running, top }, siblings)
  const observed = { machine, reload: siblings?.reload ?? reload, sessions: callers.sessions }
  const operators = createAdmin({ ...feedParts, ...observed, announce, throttle, port: own.port, host })
  const routes = createRoutes<Caller, RequestContext<CompiledSchema>, Operator>({
    health,
    authorisation,
    authenticateStream: changes.authenticateStream,
    root: answerRoot({ ...config, page: consoleSide.sendPage }),
    keySet: answerJwks(() => readJwks(pool)),
    console: consoleSide,
    admin: config.adminApi === 'private' ? { ...operators, rows: [] } : operators,
    documents: createOpenApi({ ...config, ...metadata, budget, metadataSchema: metadata.schema }),
    metadata: metadata.rows,
    changes: changes.rows,
    streams: changes.streamRows,
    records: createRest(records),
    retry: createRetry<CompiledSchema>(renewal),
    graphql,
    metadataGraphql: metadata.graphql,
  })
  const app = createApp({
    log,
    accessLog,
    isHttps: config.publicUrl?.startsWith('https:') ?? false,
    trustedProxies: config.trustedProxies,
    routes,
    meter,
    trace: tracing?.request,
    measure: admin?.metrics.measure,
    corsOrigins: config.corsOrigins,
    sendPage: consoleSide.sendPage,
    sendSite: consoleSide.sendSite,
  })
  const server = createHttpServer(app.callback(), graphql.upgrades)
  const maintenance = createMaintenance({ ...config, pool, workers, log, traced: tracing?.job })

  const drain = async (replacedAfterMs?: number): Promise<void> => {
    if (replacedAfterMs === undefined) phase = 'closing'
    server.drain()
    await sleep(replacedAfterMs ?? config.drainDelaySeconds * 1000)
  }
  let isClosed = false
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    phase = 'closing'
    await inOrder(log, CLOSE_WITHIN_MS.senders, [
      () => host.stop(),
      () => webhooks.close(),
      () => host.close(),
      () => graphql.close(),
      () => changes.close(),
    ])
    await inTurn(CLOSE_WITHIN_MS.requests, server.close, app.idle)
    await inOrder(log, CLOSE_WITHIN_MS.others, [
      // Before work in the background, which may take too long to end.
      () => meter.close(),
      () => maintenance.close(),
      () => history.close(),
      () => namePins.close(),
      () => triggers.close(),
      () => watch.close(),
      () => connections.close(),
      () => callers.close(),
      () => counters.close(),
      () => pool.end(),
      () => servers.close(),
      () => admin?.close(),
    ])
  }
  const stats = () => ({
    connections: connections.stats(),
    streams: changes.streams() + host.streams(),
    ...schemaVersions.stats(),
    ...workspaces.stats(),
  })
  return {
    pool,
    tokens,
    routes,
    isFirstStart,
    stats,
    deliver: host.look,
    adminPort: own.adminPort,
    reload,
    listen: async (beforeServing) => {
      const port = await server.listen(config.port, config.host)
      ownPort = port
      const pools = {
        connections: connections.stats,
        coordinator: pool,
        servers: servers.state,
        caches: budget,
      }
      const queues = { isListening: isWatched, stats, webhookQueue: webhooks.queue, ...changes.observed }
      const surface = { ...operators, ...consoleSide.operators }
      await admin?.listen({ ...pools, ...queues, log, health, operators: surface })
      await beforeServing?.()
      phase = 'serving'
      maintenance.start()
      changes.start()
      history.start()
      webhooks.start()
      host.start()
      return addressOf(config, port)
    },
    drain,
    close,
  }
}
