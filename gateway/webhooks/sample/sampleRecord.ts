// The record of a sample: the newest one that a role reads and a webhook asks for, or an example made from
// the types of the fields. Postgres reads the record under the role, so it enforces the rights.

import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import type { RecordSettings } from '../../../tenants/webhook/settings.ts'
import { isReported } from '../../changes/entry.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { EXAMPLE_MOMENT, exampleRecord } from '../../records/exampleRecord.ts'
import { createParams } from '../../records/params.ts'
import { isEmptyFilter } from '../../records/read/filter.ts'
import { parsePage } from '../../records/read/pageArguments.ts'
import { valuesOf } from '../../records/recordValues.ts'
import { createRun } from '../../records/run.ts'
import { compileList, listStatement, planList } from '../../records/select/list.ts'
import { createScope } from '../../records/select/nestedList.ts'
import type { RecordSelection } from '../../records/selection.ts'
import { isShown } from '../../rest/fields.ts'
import { shownSelection } from '../../rest/selection.ts'
import type { RecordAction } from '../operations.ts'
import { filterOf } from '../recordSettings.ts'

export interface SampleRecord {
  readonly source: 'RECORD' | 'MODEL'
  /** JSON. */
  readonly record: string
  /** Of an update. */
  readonly updatedFields: readonly string[] | undefined
  /** JSON of the changed fields, in place of their old values. */
  readonly previous: string | null
}

interface Asked {
  readonly object: ObjectModel
  readonly action: RecordAction
  readonly settings: RecordSettings
}

/** The fields that the change of a sample changes. */
const changedIn = ({ object, settings: { changedFields } }: Asked): readonly string[] => {
  if (changedFields !== null) return changedFields.filter((name) => object.fields.has(name))
  const names = valuesOf(object).fields.map(({ key }) => key)
  const written = [object.labelField, ...names].find(
    (name) => name !== null && names.includes(name) && name !== 'id' && isReported([name]),
  )
  return written == null ? [] : [written]
}

/** As they are in `previous`: within the fields that are sent. */
const previousSelection = ({ object, settings }: Asked, changed: readonly string[]): RecordSelection => ({
  object,
  fields: valuesOf(object).fields.filter(
    ({ key }) => changed.includes(key) && (settings.fields?.includes(key) ?? true),
  ),
})

const IN_TRASH = { deletedAt: { is: 'NOT_NULL' } }

/** What a filter has to hold, one after the other until a record is found. */
const filtersOf = ({ object, action, settings }: Asked): readonly unknown[] => {
  const given = filterOf(settings)
  if (action !== 'deleted' || !object.fields.has('deletedAt')) return [given]
  return [isEmptyFilter(given) ? IN_TRASH : { and: [given, IN_TRASH] }, given]
}

/** JSON of the record and of its changed fields; null: there is none. */
const readNewest = async (
  connections: Pick<ConnectionPool, 'run'>,
  { model, session }: RequestContext<unknown>,
  asked: Asked,
  filter: unknown,
  changed: readonly string[],
): Promise<readonly [string, string] | null> => {
  const { object, settings } = asked
  const scope = createScope(model)
  const found: string[] = []
  const records = [
    shownSelection(model, object, { depth: 0, fields: settings.fields }),
    previousSelection(asked, changed),
  ]
  const plan = planList(scope, {
    ...{ object, records, aggregates: [], needsRows: true, needsCursor: false, needsMore: false },
    write: ({ rows: [row], record }) => {
      if (row !== undefined) found.push(...records.map((_, which) => record(row, which)))
      return ''
    },
  })
  const e = createParams()
  const run = createRun(e)
  const orderBy = object.fields.has('createdAt') ? [{ createdAt: 'DescNullsLast' }] : null
  const request = { filter, orderBy, page: parsePage({ first: 1 }, false), isLenient: true }
  const { text, write } = listStatement(plan, compileList(scope, plan, request, run), run)
  write(await connections.run(session, { text, values: e.values }, { retryable: true }))
  const [record, previous] = found
  return record === undefined || previous === undefined ? null : [record, previous]
}

const exampleOf = ({ object, action, settings }: Asked, changed: readonly string[]) => {
  const isSent = isShown(object, settings.fields)
  const whole = Object.entries({
    ...exampleRecord(object),
    ...(action === 'deleted' && object.fields.has('deletedAt') ? { deletedAt: EXAMPLE_MOMENT } : {}),
  })
  const json = (has: (name: string) => boolean): string =>
    JSON.stringify(Object.fromEntries(whole.filter(([name]) => has(name))))
  return [json(isSent), json((name) => changed.includes(name) && isSent(name))] as const
}

/** @param context of the role, which reads the object */
export const sampleRecord = async (
  connections: Pick<ConnectionPool, 'run'>,
  context: RequestContext<unknown>,
  asked: Asked,
): Promise<SampleRecord> => {
  const changed = asked.action === 'updated' ? changedIn(asked) : []
  const sampleOf = (source: SampleRecord['source'], [record, previous]: readonly [string, string]) => ({
    ...{ source, record },
    updatedFields: asked.action === 'updated' ? changed : undefined,
    previous: asked.settings.includesPrevious && changed.length > 0 ? previous : null,
  })
  for (const filter of filtersOf(asked)) {
    const found = await readNewest(connections, context, asked, filter, changed)
    if (found !== null) return sampleOf('RECORD', found)
  }
  return sampleOf('MODEL', exampleOf(asked, changed))
}
