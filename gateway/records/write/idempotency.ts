// Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): a repeated request gets its first answer
// for 24 hours. The statement that writes also stores the rows of the answer, so either both exist or
// neither; of two concurrent requests the second one blocks at the unique key, is undone and gets the first
// one's answer. Failures are not stored: they changed nothing and may be retried.

import { createHash } from 'node:crypto'
import type { ConnectionPool, Rows, Session } from '../../../sql/pipeline/pool.ts'
import type { Model } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import { isSqlError } from '../../error/sqlstate.ts'
import type { Turns } from './retry.ts'
import { type RunWrite, runWrite, type WriteStatement, writing } from './writeRunner.ts'

export const MAX_KEY_LENGTH = 255
const TABLE = 'tenantry_request.idempotency_keys'
const EXPIRY = `pg_catalog.now() - interval '24 hours'`

/** The key of a request; null for none. The draft has it as a quoted string; most clients omit the quotes. */
export const idempotencyKeyOf = (header: string | readonly string[] | undefined): string | null => {
  if (header === undefined) return null
  const text = (typeof header === 'string' ? header : header.join(',')).trim()
  const key = text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  if (key === '' || key.length > MAX_KEY_LENGTH)
    throw new Problem('BAD_USER_INPUT', `An Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters.`, {
      subCode: 'INVALID_IDEMPOTENCY_KEY',
    })
  return key
}

export interface KeyedRequest {
  readonly key: string
  /** Fingerprint of the request, once the body is read. */
  readonly asked: () => unknown
  /** Fingerprint of what reading the rows depends on (`answerFingerprint`). */
  readonly fingerprint: string
}

/** More root fields than an operation may have. */
const MAX_FIELDS = 100

/** Version of the row layout; raised when an older gateway's rows would be misread. */
const ROW_FORMAT = 2

/**
 * An answer is repeated only for the same role, while that role sees the same model and rows have the same
 * format.
 */
export const answerFingerprint = ({ schemaHash }: Model, { roleId }: { readonly roleId: string }): string =>
  `${schemaHash} ${roleId} ${ROW_FORMAT}`

export interface KeyedWrites {
  /** Runs the writes of one field of the request. @param field its index; REST has one */
  readonly runAt: (field: number) => RunWrite
  /** Whether an answer of an earlier request was repeated. */
  readonly isReplayed: () => boolean
}

const FIND_SQL = `with expired as (delete from ${TABLE} where created_at <= ${EXPIRY})
select request, shape, answer from ${TABLE} where key = $1 and part = $2::pg_catalog.int4 and created_at > ${EXPIRY}`

const unprocessable = (message: string, subCode: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { status: 422, subCode })

/** The rows of a first answer, and the new rows, as the select returns them. */
const remembering = (write: string, select: string, parameters: number): string => {
  const [key, part, request, shape] = [1, 2, 3, 4].map((index) => `$${parameters + index}`)
  const cells = `select pg_catalog.json_agg(cell.value order by cell.ordinality) from pg_catalog.json_each_text(pg_catalog.row_to_json(a.*)) with ordinality cell`
  return `with ${write === '' ? '' : `${write}, `}answered as materialized (${select}), remembered as (insert into ${TABLE} (key, part, request, shape, answer) select ${key}::pg_catalog.text, ${part}::pg_catalog.int4, ${request}::pg_catalog.text, ${shape}::pg_catalog.text, coalesce((select pg_catalog.json_agg(kept.cells) from (select (${cells}) as cells from answered a) kept), '[]')::pg_catalog.text) select * from answered`
}

const isRows = (value: unknown): value is Rows =>
  Array.isArray(value) && value.every((row: unknown) => Array.isArray(row))

export const createKeyedWrites = (
  connections: ConnectionPool,
  session: Session,
  turns: Turns,
  { key, asked, fingerprint }: KeyedRequest,
): KeyedWrites => {
  let isReplayed = false
  let digest: string | undefined
  const digestOf = (): string => {
    digest ??= createHash('sha256')
      .update(JSON.stringify(asked()) ?? '')
      .digest('base64url')
    return digest
  }

  const find = async (part: number): Promise<Rows | null> => {
    const statement = { text: FIND_SQL, values: [key, String(part)] }
    const [row] = await connections.run(session, statement, { retryable: true })
    if (row === undefined) return null
    const [request, keptFingerprint, answer] = row
    if (request !== digestOf())
      throw unprocessable(
        'This Idempotency-Key was used for another request. Use a new key for a new request.',
        'IDEMPOTENCY_KEY_REUSED',
      )
    const rows: unknown = JSON.parse(answer ?? '[]')
    if (keptFingerprint !== fingerprint || !isRows(rows))
      throw unprocessable(
        'The request with this Idempotency-Key was executed, but the data model or the permissions have changed since, so its response cannot be repeated.',
        'IDEMPOTENT_ANSWER_LOST',
      )
    isReplayed = true
    return rows
  }

  return {
    isReplayed: () => isReplayed,
    runAt: (field) => async (given, isRepeatable) => {
      // A place of its own, for others may have been refused before they ran.
      const part = field + MAX_FIELDS * (given.item ?? 0)
      const known = await find(part)
      if (known !== null) return known
      const once = async ({ write, select, values }: WriteStatement): Promise<Rows> => {
        const statement = {
          text: remembering(write, select, values.length),
          values: [...values, key, String(part), digestOf(), fingerprint],
        }
        try {
          return await connections.run(writing(session, isRepeatable), statement, { retryable: false })
        } catch (error) {
          const twin = isSqlError(error) ? await find(part) : null
          if (twin === null) throw error
          return twin
        }
      }
      return runWrite(once, given, { isRepeatable, inTurn: (work) => turns(session.workspace, work) })
    },
  }
}
