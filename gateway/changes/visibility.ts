// Which past images a caller may see: the ones that its role's record rules, as they are now, let through.
// The feed, streams and everything built on them decide it here. The expressions of the policies run over the
// images, under the caller's role and claims. An expression cannot judge an image if it fails, calls a
// volatile function, or reads a column that had another name or type at the time.

import type { Pool } from 'pg'
import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import {
  type Layout,
  type ReadCondition,
  readConditionOf,
  type TableNow,
} from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { isSqlError, type SqlError } from '../error/sqlstate.ts'
import { wholeOf } from '../records/model/permission.ts'
import { judgeImages } from '../records/select/images.ts'
import { areSame, type Image, imageText } from './image.ts'

export type ImageVisibility = 'visible' | 'hidden' | 'unknown'

interface JudgedImage {
  readonly image: Image
  readonly isComplete: boolean
  /** The columns of the table when the image was taken. */
  readonly layout: Layout
}

interface VisibilityOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  /** Of the one table and role that are asked about, where they were read before. */
  readonly known?: TableNow
}

interface JudgedTable {
  readonly tableOid: number
  /** The columns of the table now. */
  readonly layout: Layout
  readonly object: ObjectModel
  readonly session: Session
}

/** Failed statements after which the rest of a page is not judged. All but a few images of a page can be. */
const MAX_FAILED = 64

/** Errors of the moment: rolled back for others, shortages, locks, shutdowns, I/O. */
const OF_THE_MOMENT = /^(40|53|55|57(?!014)|58)/
const TIMED_OUT = '57014'

/** An error of the expression itself; a lost connection or a refusal is not an answer. */
const isOfExpression = (error: unknown): error is SqlError =>
  isSqlError(error) && !OF_THE_MOMENT.test(error.code)

const canJudge = (
  { columns, isVolatile }: ReadCondition,
  { isComplete, layout }: JudgedImage,
  now: Layout,
): boolean => isComplete && !isVolatile && areSame(columns, layout, now)

export const createVisibility = ({ pool, connections, known }: VisibilityOptions) => {
  /** Where an image makes the statement fail, halves are judged until it is found. */
  const judge = async (
    table: JudgedTable,
    condition: string,
    images: readonly Image[],
    left = { failures: MAX_FAILED },
  ): Promise<readonly ImageVisibility[]> => {
    const { object, session } = table
    const statement = judgeImages(wholeOf(object), condition, images.map(imageText))
    try {
      const found = statement.read(await connections.run(session, statement, { retryable: true }))
      return images.map((_, at) => (found.get(at) === true ? 'visible' : 'hidden'))
    } catch (error) {
      if (!isOfExpression(error)) throw error
      left.failures -= 1
      if (images.length === 1 || left.failures <= 0 || error.code === TIMED_OUT)
        return images.map(() => 'unknown')
      const middle = Math.ceil(images.length / 2)
      const first = await judge(table, condition, images.slice(0, middle), left)
      return [...first, ...(await judge(table, condition, images.slice(middle), left))]
    }
  }

  return async (table: JudgedTable, images: readonly JudgedImage[]): Promise<readonly ImageVisibility[]> => {
    if (images.length === 0) return []
    const rule = known?.condition ?? (await readConditionOf(pool, table.tableOid, table.session.role))
    const { condition } = rule
    if (condition === null) return images.map(() => 'visible')
    const judged = images.filter((image) => canJudge(rule, image, table.layout))
    const visibilities =
      judged.length === 0
        ? []
        : await judge(
            table,
            condition,
            judged.map(({ image }) => image),
          )
    const byImage = new Map(judged.map((image, at) => [image, visibilities[at] ?? 'unknown']))
    return images.map((image) => byImage.get(image) ?? 'unknown')
  }
}

export type VisibilityOf = ReturnType<typeof createVisibility>
