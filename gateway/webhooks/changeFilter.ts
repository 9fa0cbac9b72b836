// Which changes of a table a webhook wants: those whose fields and records its settings ask for. Judged for a
// page of the feed at once, so that other changes become no deliveries. A change that cannot be judged here
// is wanted: each attempt judges it again, and stops the webhook where its settings do not fit the model.
//
// Where record rules limit the role, nothing is judged here: the log of deliveries would show which hidden
// records match.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import { readConditionOf } from '../../tenants/changes/feed.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { Webhook } from '../../tenants/webhook/webhook.ts'
import type { Caller } from '../auth/caller.ts'
import { changedFieldsOf, changeOperationOf } from '../changes/entry.ts'
import { type Image, imageText } from '../changes/image.ts'
import type { Change } from '../changes/shown.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable } from '../records/model/permission.ts'
import { isEmptyFilter } from '../records/read/filter.ts'
import { matchImages } from '../records/select/images.ts'
import { changesWanted, filterOf, settingsFaultOf } from './recordSettings.ts'
import { callerOfWebhook } from './webhookCaller.ts'

interface ChangeFilterOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  /** The context of a caller; rejects with a Problem. */
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
  /**
   * How long all filters of a workspace may take for a page, waiting for connections included: the changes
   * of other workspaces wait meanwhile.
   */
  readonly judgedWithinMs: number | undefined
}

const JUDGED_WITHIN_MS = 1_000
/** How long a workspace whose filters took too long leaves them to the attempts. */
const UNJUDGED_FOR_MS = 5 * 60_000
const MAX_UNJUDGED = 10_000
/** Of the images that one statement judges. */
const BATCH_CHARACTERS = 4_000_000

/** The condition of a role without record rules on a table where another role has some. */
const UNLIMITED = '((true))'

interface JudgedImage {
  readonly change: Change
  readonly text: string
}

/** Cut by the length of the texts; a longer one is a batch of its own. */
const batchesOf = (judged: readonly JudgedImage[]): readonly (readonly JudgedImage[])[] => {
  const batches: JudgedImage[][] = []
  let left = 0
  for (const each of judged) {
    const batch = batches.at(-1)
    if (batch === undefined || each.text.length > left) {
      batches.push([each])
      left = BATCH_CHARACTERS
    } else batch.push(each)
    left -= each.text.length
  }
  return batches
}

interface VisibleTable {
  readonly model: Model
  readonly session: Session
  readonly object: ObjectModel
}

/** What the webhook's role sees of the table; null: its changes are not judged here. */
const visibleTableOf = async (
  { pool, open }: ChangeFilterOptions,
  webhook: Webhook,
  { row: { table, tableOid } }: Change,
): Promise<VisibleTable | null> => {
  const caller = callerOfWebhook(webhook)
  if (caller === null) return null
  const { model, session } = await open(caller)
  const object = model.byTable.get(table)
  if (object === undefined || !isReadable(object) || settingsFaultOf(model, object, webhook) !== null)
    return null
  const { condition } = await readConditionOf(pool, tableOid, session.role)
  return condition === null || condition === UNLIMITED ? { model, session, object } : null
}

const hasWantedFields = (webhook: Webhook, change: Change): boolean =>
  webhook.changedFields === null ||
  !change.row.isComplete ||
  changesWanted(webhook, changeOperationOf(change), changedFieldsOf(change))

/** @param changes of one table. @param until by performance.now(). Never rejects. */
type WantedOf = (webhook: Webhook, changes: readonly Change[], until: number) => Promise<readonly Change[]>

export interface ChangeFilter {
  /** When the judgement of a workspace's changes that begins now has to end. */
  readonly deadline: () => number
  readonly of: WantedOf
}

/** Changes that the filter does not let through. */
const createRefusedOf = ({ connections }: Pick<ChangeFilterOptions, 'connections'>) => {
  /** Of the changes of a page, for all its webhooks: they live as long as the page. */
  const texts = new WeakMap<Image, string>()
  const textOf = (image: Image): string => {
    const text = texts.get(image) ?? imageText(image)
    texts.set(image, text)
    return text
  }

  /** @param isPresent judges records as they are now: so they are sent if their images are incomplete */
  return async (
    { model, session, object }: VisibleTable,
    filter: unknown,
    changes: readonly Change[],
    isPresent: boolean,
    until: number,
  ): Promise<readonly Change[]> => {
    const judged = changes.flatMap((change) => {
      const image = change.after ?? change.before
      return change.row.isComplete === isPresent || image === null ? [] : [{ change, text: textOf(image) }]
    })
    const refused: Change[] = []
    for (const batch of batchesOf(judged)) {
      const leftMs = Math.ceil(until - performance.now())
      if (leftMs <= 0) return refused
      const brief = { ...session, timeoutMs: Math.min(session.timeoutMs, leftMs) }
      const images = batch.map(({ text }) => text)
      const statement = matchImages(model, object, filter, images, { isPresent, isLenient: true })
      const found = statement.read(await connections.run(brief, statement, { retryable: true }))
      refused.push(...batch.flatMap(({ change }, at) => (found.get(at) === true ? [] : [change])))
    }
    return refused
  }
}

export const createChangeFilter = (options: ChangeFilterOptions): ChangeFilter => {
  const { judgedWithinMs = JUDGED_WITHIN_MS } = options
  const refusedOf = createRefusedOf(options)
  const unjudged = new LRUCache<string, true>({ max: MAX_UNJUDGED, ttl: UNJUDGED_FOR_MS })

  const judge = async (
    webhook: Webhook,
    changes: readonly Change[],
    until: number,
  ): Promise<readonly Change[]> => {
    const [first] = changes
    const visible = first === undefined ? null : await visibleTableOf(options, webhook, first)
    if (visible === null) return changes
    const changed = changes.filter((change) => hasWantedFields(webhook, change))
    const filter = filterOf(webhook)
    if (isEmptyFilter(filter)) return changed
    const past = await refusedOf(visible, filter, changed, false, until)
    const refused = new Set([...past, ...(await refusedOf(visible, filter, changed, true, until))])
    return changed.filter((change) => !refused.has(change))
  }

  /** Null: not by the deadline. */
  const judgeInTime = async (
    webhook: Webhook,
    changes: readonly Change[],
    until: number,
  ): Promise<readonly Change[] | null> => {
    const leftMs = until - performance.now()
    if (leftMs <= 0) return null
    const late = Promise.withResolvers<null>()
    const timer = setTimeout(() => late.resolve(null), leftMs)
    try {
      return await Promise.race([judge(webhook, changes, until).catch(() => changes), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    deadline: () => performance.now() + judgedWithinMs,
    of: async (webhook, changes, until) => {
      const { workspaceId, changedFields, filter } = webhook
      const isUnasked = changedFields === null && isEmptyFilter(filter)
      if (isUnasked || changes.length === 0 || unjudged.has(workspaceId)) return changes
      const wanted = await judgeInTime(webhook, changes, until)
      if (wanted === null || performance.now() > until) unjudged.set(workspaceId, true)
      return wanted ?? changes
    },
  }
}
