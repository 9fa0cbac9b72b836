// The existing record with a value that a unique key refused: adds its id and its object's name to the
// refusal, if the caller may see it. One small read, only after a refusal.

import type { ConnectionPool, Session } from '../../../sql/pipeline/pool.ts'
import { inWorkspace } from '../../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../../tenants/model/model.ts'
import { Problem, problemOf } from '../../error/problem.ts'
import { isSqlError, type SqlError } from '../../error/sqlstate.ts'
import { errorNamesOf } from '../model/errorNames.ts'
import { wholeOf } from '../model/permission.ts'
import { createParams } from '../params.ts'
import { comparable } from '../read/comparable.ts'
import { liveOnly } from '../read/trash.ts'
import type { RunWrite } from './writeRunner.ts'

const UNIQUE_VIOLATION = '23505'
/** Postgres' detail in any language: `… (title, artist)=(a, b) …`. */
const VALUES = /\(.+?\)=\((.*)\)/s

/**
 * The values of the key, as Postgres prints them. With several columns a comma in a value makes them
 * ambiguous: null.
 */
const valuesIn = (detail: string | undefined, columns: number): readonly string[] | null => {
  const [, text] = VALUES.exec(detail ?? '') ?? []
  const values = text === undefined ? [] : columns === 1 ? [text] : text.split(', ')
  return values.length === columns ? values : null
}

const violatedKey = (object: ObjectModel, { constraint }: SqlError) => {
  const unique = wholeOf(object).uniqueKeys.find(({ name }) => name === constraint)
  return unique ?? { columns: object.key, liveOnly: false }
}

const holderOf = (object: ObjectModel, error: SqlError) => {
  const key = violatedKey(object, error)
  const [idName = ''] = object.key
  const id = object.columns.get(idName)
  const columns: Column[] = key.columns.flatMap((name) => object.columns.get(name) ?? [])
  const values = valuesIn(error.detail, key.columns.length)
  if (id === undefined || object.key.length !== 1 || values?.length !== columns.length) return null
  const e = createParams()
  const conditions = columns.map((column, index) => {
    const { sql, type } = comparable(column, 't')
    return `${sql} = ${e.param(values[index] ?? null, type)}`
  })
  const live = key.liveOnly ? liveOnly(object, 't') : null
  if (live !== null) conditions.push(live)
  const text = `select ${comparable(id, 't').sql} from ${inWorkspace(object.table)} t where ${conditions.join(' and ')} limit 1`
  return { text, values: e.values }
}

/** @param model as the caller's role sees it: a record it may not read is not named */
export const namingConflicts =
  (run: RunWrite, connections: ConnectionPool, session: Session, model: Model): RunWrite =>
  async (statement, isRepeatable) => {
    try {
      return await run(statement, isRepeatable)
    } catch (error) {
      if (!isSqlError(error) || error.code !== UNIQUE_VIOLATION) throw error
      const object = model.byTable.get(error.table ?? '')
      const holder = object === undefined ? null : holderOf(object, error)
      if (object === undefined || holder === null) throw error
      // A failed read must not hide the error of the write.
      const [row] = await connections.run(session, holder, { retryable: true }).catch(() => [])
      const [id] = row ?? []
      if (id == null) throw error
      const { code, message, options } = problemOf(error, errorNamesOf(model))
      throw new Problem(code, message, {
        ...options,
        facts: {
          ...options.facts,
          conflictingRecordId: id,
          conflictingObjectNameSingular: object.nameSingular,
        },
      })
    }
  }
