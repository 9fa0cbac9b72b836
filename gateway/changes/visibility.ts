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
import { wholeOf } from '../records/model/permission.ts'
import { judgeImages } from '../records/select/images.ts'
import { areSame, type Image, imageText } from './image.ts'
import { overImages } from './overImages.ts'

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

const canJudge = (
  { columns, isVolatile }: ReadCondition,
  { isComplete, layout }: JudgedImage,
  now: Layout,
): boolean => isComplete && !isVolatile && areSame(columns, layout, now)

export const createVisibility = ({ pool, connections, known }: VisibilityOptions) => {
  const judge = async (
    { object, session }: JudgedTable,
    condition: string,
    images: readonly Image[],
  ): Promise<readonly ImageVisibility[]> => {
    const whole = wholeOf(object)
    const compile = (texts: readonly string[]) => judgeImages(whole, condition, texts)
    const over = { connections, session, object: whole, compile }
    const { results, isRead } = await overImages(over, images.map(imageText))
    return images.map((_, at) => (!isRead(at) ? 'unknown' : results.get(at) === true ? 'visible' : 'hidden'))
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
