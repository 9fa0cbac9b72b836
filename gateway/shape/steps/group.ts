// Groups of records. In: an object and the arguments of a groupBy field; out: a list of groups. One statement tells what the groups
// are and only those of their aggregates that are selected; where their records are selected too, a second one reads the first
// records of all groups at once. Arguments are read when the request runs, since plans are cached per document.

import type {
  PgResource,
  PgSelectQueryBuilder,
  PgSelectSingleStep,
  PgSelectStep,
} from 'postgraphile/@dataplan/pg'
import {
  access,
  context,
  each,
  type FieldArgs,
  lambda,
  list,
  type Step,
  UnbatchedStep,
} from 'postgraphile/grafast'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import { createParams } from '../../records/params.ts'
import { findAggregates } from '../../records/read/aggregate.ts'
import { cursorSelect, encodeCursor } from '../../records/read/cursor.ts'
import {
  compileGroups,
  compileSample,
  DEFAULT_GROUPS,
  FIRST_DIMENSION,
  type GroupRequest,
  MAX_GROUPS,
  refuseView,
  SAMPLE_RECORDS,
} from '../../records/read/groupBy.ts'
import type { OrderTerm } from '../../records/read/order.ts'
import type { ReadForm } from '../../records/select/readForm.ts'
import type {} from '../planContext.ts'
import { viewOf } from '../view.ts'
import { CODECS } from './codec.ts'
import { createFragmentEmitter, ROW } from './fragment.ts'

type Row = readonly (string | null)[]

interface Group {
  readonly key: string
  readonly dimensions: readonly unknown[]
  readonly aggregates: Readonly<Record<string, unknown>>
}

interface SampleColumns {
  readonly key: number
  readonly cursor: number
  readonly terms: readonly OrderTerm[]
}

interface Records {
  readonly rows: readonly Row[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly cursors: readonly (string | null)[]
}

const SAMPLE = 'sample'

const toList = (value: unknown): readonly unknown[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]

const limitOf = (value: unknown): number => {
  const limit = typeof value === 'number' ? value : DEFAULT_GROUPS
  if (limit >= 0 && limit <= MAX_GROUPS) return limit
  throw new Problem('BAD_USER_INPUT', `Limit argument must be between 0 and ${MAX_GROUPS}`, {
    subCode: 'INVALID_ARGS_PAGINATION',
  })
}

const requestOf = (groupBy: unknown, filter: unknown, orderBy: unknown, limit: unknown): GroupRequest => ({
  groupBy: toList(groupBy),
  filter,
  orderBy: toList(orderBy),
  limit: limitOf(limit),
  isLenient: false,
})

const parsed = ({ json }: ReadForm, text: string | null | undefined): unknown =>
  text === null || text === undefined ? null : CODECS[json].fromPg(text)

const offsetOf = (offset: unknown): number => (typeof offset === 'number' ? Math.max(0, offset) : 0)

const isSampleColumns = (value: unknown): value is SampleColumns =>
  typeof value === 'object' && value !== null && 'cursor' in value

const recordsOf = (key: string, rows: readonly Row[], columns: unknown, offset: unknown): Records => {
  if (!isSampleColumns(columns)) return { rows: [], hasNextPage: false, hasPreviousPage: false, cursors: [] }
  const own = rows.filter((row) => row[columns.key] === key)
  const shown = own.slice(0, SAMPLE_RECORDS)
  return {
    rows: shown,
    hasNextPage: own.length > shown.length,
    hasPreviousPage: offsetOf(offset) > 0,
    cursors: shown.map((row) => {
      const values: unknown = JSON.parse(row[columns.cursor] ?? 'null')
      return Array.isArray(values) ? encodeCursor(columns.terms, values) : null
    }),
  }
}

/** A record among those of its group. */
export class GroupEdgeStep extends UnbatchedStep<unknown> {
  static override $$export = { moduleName: 'tenantry', exportName: 'GroupEdgeStep' }
  readonly #select: PgSelectStep
  readonly #edgeDep: number

  constructor($edge: Step, $select: PgSelectStep) {
    super()
    this.#select = $select
    this.#edgeDep = this.addDependency($edge)
  }

  node(): PgSelectSingleStep {
    return this.#select.row(access(this.getDep(this.#edgeDep, true), 'row'))
  }

  cursor(): Step {
    return access(this.getDep(this.#edgeDep, true), 'cursor')
  }

  override unbatchedExecute(_extra: unknown, edge: unknown): unknown {
    return edge
  }
}

/** The page that the records of a group are; a connection's `pageInfo` reads it. */
export class GroupPageStep extends UnbatchedStep<unknown> {
  static override $$export = { moduleName: 'tenantry', exportName: 'GroupPageStep' }
  readonly #recordsDep: number

  constructor($records: Step<Records>) {
    super()
    this.#recordsDep = this.addDependency($records)
  }

  get(name: 'hasNextPage' | 'hasPreviousPage'): Step {
    return access(this.getDep(this.#recordsDep, true), name)
  }

  cursor(side: 'startCursor' | 'endCursor'): Step {
    return lambda(
      this.getDep<Step<Records>>(this.#recordsDep, true),
      ({ cursors }) => cursors.at(side === 'startCursor' ? 0 : -1) ?? null,
    )
  }

  override unbatchedExecute(_extra: unknown, records: unknown): unknown {
    return records
  }
}

/** One group. What is asked of it while planning decides what the statement computes. */
export class GroupStep extends UnbatchedStep<unknown> {
  static override $$export = { moduleName: 'tenantry', exportName: 'GroupStep' }
  readonly #asked: Set<string>
  readonly #select: PgSelectStep
  readonly #groupDep: number
  readonly #offsetDep: number

  constructor($group: Step, $offset: Step, asked: Set<string>, $select: PgSelectStep) {
    super()
    this.#asked = asked
    this.#select = $select
    this.#groupDep = this.addDependency($group)
    this.#offsetDep = this.addDependency($offset)
  }

  dimensions(): Step {
    return access(this.#group(), 'dimensions')
  }

  aggregate(name: string): Step {
    this.#asked.add(name)
    return access(this.#group(), ['aggregates', name])
  }

  edges(): Step {
    const $edges = lambda(this.#records(), ({ rows, cursors }) =>
      rows.map((row, index) => ({ row, cursor: cursors[index] ?? '' })),
    )
    return each($edges, ($edge) => new GroupEdgeStep($edge, this.#select))
  }

  page(): GroupPageStep {
    return new GroupPageStep(this.#records())
  }

  #group(): Step<Group> {
    return this.getDep<Step<Group>>(this.#groupDep, true)
  }

  #records(): Step<Records> {
    return lambda(
      list([
        this.#group(),
        this.#select.items(),
        this.#select.getMeta(SAMPLE),
        this.getDep(this.#offsetDep, true),
      ]),
      ([group, rows, columns, offset]: readonly [Group, readonly Row[], unknown, unknown]) =>
        recordsOf(group.key, rows ?? [], columns, offset),
    )
  }

  override unbatchedExecute(_extra: unknown, group: unknown): unknown {
    return group
  }
}

const planSample = (
  model: Model,
  object: ObjectModel,
  resource: PgResource,
  args: FieldArgs,
): PgSelectStep => {
  const $select = resource.find()
  $select.apply(
    lambda(
      [
        args.getRaw('groupBy'),
        args.getRaw('filter'),
        args.getRaw('orderBy'),
        args.getRaw('limit'),
        args.getRaw('orderByForRecords'),
        args.getRaw('offsetForRecords'),
      ],
      ([groupBy, filter, orderBy, limit, orderByForRecords, offset]) =>
        (qb: PgSelectQueryBuilder) => {
          const e = createFragmentEmitter()
          const { where, key, terms } = compileSample(
            e,
            model,
            object,
            ROW,
            requestOf(groupBy, filter, orderBy, limit),
            { orderBy: toList(orderByForRecords), offset: offsetOf(offset), limit: SAMPLE_RECORDS + 1 },
          )
          qb.where(e.fragment(where, qb.alias))
          for (const { sql, direction, nulls, isNullable } of terms)
            qb.orderBy({
              fragment: e.fragment(sql, qb.alias),
              codec: CODECS.string,
              direction: direction === 'asc' ? 'ASC' : 'DESC',
              ...(isNullable ? { nulls: nulls === 'first' ? 'FIRST' : 'LAST' } : {}),
            })
          qb.setOrderIsUnique()
          const cursor = `(${cursorSelect(terms)})::pg_catalog.text`
          qb.setMeta(SAMPLE, {
            key: qb.selectAndReturnIndex(e.fragment(key, qb.alias)),
            cursor: qb.selectAndReturnIndex(e.fragment(cursor, qb.alias)),
            terms,
          } satisfies SampleColumns)
        },
    ),
  )
  return $select
}

export const planGroups = (
  wholeModel: Model,
  wholeObject: ObjectModel,
  resource: PgResource,
  args: FieldArgs,
): Step => {
  const { model, object } = viewOf(wholeModel, wholeObject)
  const asked = new Set<string>()
  const $select = planSample(model, object, resource, args)
  const $groups: Step<readonly Group[]> = lambda(
    [
      context(),
      args.getRaw('groupBy'),
      args.getRaw('filter'),
      args.getRaw('orderBy'),
      args.getRaw('limit'),
      args.getRaw('viewId'),
    ],
    async ([request, groupBy, filter, orderBy, limit, viewId]): Promise<readonly Group[]> => {
      refuseView(viewId)
      const e = createParams()
      const aggregates = findAggregates(object, [...asked])
      const compiled = compileGroups(e, model, object, requestOf(groupBy, filter, orderBy, limit), aggregates)
      const { rows } = await request.toPostgres(null, (client) =>
        client.query<Row>({ text: compiled.text, values: [...e.values], arrayMode: true }),
      )
      const firstAggregate = FIRST_DIMENSION + compiled.dimensions.length
      return rows.map((row) => ({
        key: row[0] ?? '',
        dimensions: compiled.dimensions.map((form, index) => parsed(form, row[FIRST_DIMENSION + index])),
        aggregates: Object.fromEntries(
          compiled.aggregates.map((form, index) => [form.name, parsed(form, row[firstAggregate + index])]),
        ),
      }))
    },
  )
  const $offset = args.getRaw('offsetForRecords')
  return each($groups, ($group) => new GroupStep($group, $offset, asked, $select))
}
