// Search over all objects, in one statement: a select whose rows are the best matches of all search vectors
// together. Every search word must begin a word of the record; case and accents are ignored. Ranking costs
// more than finding, so each object contributes a bounded number of matches.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { COMPOSITES } from '../../../tenants/model/compositeType.ts'
import { foldedText } from '../../../tenants/model/ddl/search.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { badInputOf } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { compileFilter } from './filter.ts'
import { scalarOf } from './key.ts'
import { searchQuery } from './searchWords.ts'

interface SearchRequest {
  readonly searchInput: string
  readonly limit: number
  readonly after: string | null
  readonly included: readonly string[] | null
  readonly excluded: readonly string[] | null
  readonly filter: unknown
}

/** Tie-breaking order of the objects. */
const PRIORITIES: Readonly<Record<string, number>> = {
  person: 5,
  company: 4,
  opportunity: 3,
  note: 2,
  task: 1,
}
export const MAX_RESULTS = 100
/** Matches of an object that are ranked: as Postgres finds them, or without words in the order of the key. */
export const MAX_RANKED = 10_000
const TEXT = 'pg_catalog.text'
const IMAGE_FIELD = 'avatarUrl'
const NAME_FIELDS = ['name', 'title', 'label']

const bad = badInputOf('INVALID_ARGS_SEARCH')

const textOf = (object: ObjectModel, name: string, alias: string): string | null => {
  const field = object.fields.get(name)
  if (field?.kind === 'scalar') return `${alias}.${quoteIdentifier(field.column.name)}::${TEXT}`
  if (field?.kind !== 'composite') return null
  const parts = field.parts.flatMap(({ part, column }) =>
    part.sql === 'text' ? [`nullif(${alias}.${quoteIdentifier(column.name)}, '')`] : [],
  )
  return `pg_catalog.concat_ws(' ', ${(COMPOSITES[field.type].isLabel === true ? parts : parts.slice(0, 1)).join(', ')})`
}

const VECTOR = 'search_vector'

/** SQL of the record's label identifier; null if there is none. */
const labelOf = (object: ObjectModel, alias: string): string | null => {
  const names = object.labelField === null ? NAME_FIELDS : [object.labelField]
  const [label] = names.flatMap((name) => textOf(object, name, alias) ?? [])
  return label ?? null
}

/**
 * What is searched of a record. The vector contains text of several fields; for a role that may not read all
 * of them it is not searched, but the label identifier is, if the role may read it.
 */
const vectorOf = (object: ObjectModel, alias: string): string | null => {
  if (object.columns.has(VECTOR)) return `${alias}.${quoteIdentifier(VECTOR)}`
  const label = labelOf(object, alias)
  return (
    label &&
    `(select pg_catalog.to_tsvector('pg_catalog.simple', ${foldedText('l.text')}) from (select ${label} as text) l)`
  )
}

/** Members, as a searchable object. */
const objectsOf = (model: Model, { included, excluded }: SearchRequest): readonly ObjectModel[] =>
  model.objects.filter(
    (object) =>
      object.isSearchable &&
      object.key.length === 1 &&
      vectorOf(object, 'found') !== null &&
      (included === null || included.length === 0 || included.includes(object.nameSingular)) &&
      excluded?.includes(object.nameSingular) !== true,
  )

interface Place {
  readonly rankCd: string
  readonly rank: string
  readonly priority: number
  readonly object: string
  readonly id: string
}

export const encodePlace = (place: Place): string =>
  Buffer.from(JSON.stringify([place.rankCd, place.rank, place.priority, place.object, place.id])).toString(
    'base64',
  )

const decodePlace = (cursor: string): Place => {
  try {
    const [rankCd, rank, priority, object, id]: unknown[] = JSON.parse(
      Buffer.from(cursor, 'base64').toString('utf8'),
    )
    const isWhole =
      [rankCd, rank].every((text) => typeof text === 'string' && Number.isFinite(Number(text))) &&
      Number.isInteger(priority) &&
      typeof object === 'string' &&
      typeof id === 'string'
    if (isWhole)
      return {
        rankCd: String(rankCd),
        rank: String(rank),
        priority: Number(priority),
        object: String(object),
        id: String(id),
      }
  } catch {
    // Returned below.
  }
  throw bad(`Invalid cursor: ${cursor.slice(0, 200)}`, 'INVALID_CURSOR')
}

const REAL = 'pg_catalog.float4'

/** Rows after a position: lower rank, or equal and later by name and id. */
const behind = (e: Params, cursor: string): string => {
  const place = decodePlace(cursor)
  const worse = `(-r.rank_cd, -r.rank, -r.priority) > (-${e.param(place.rankCd, REAL)}, -${e.param(place.rank, REAL)}, -${e.param(String(place.priority), 'pg_catalog.int4')})`
  const equal = `(r.rank_cd, r.rank, r.priority) = (${e.param(place.rankCd, REAL)}, ${e.param(place.rank, REAL)}, ${e.param(String(place.priority), 'pg_catalog.int4')})`
  const later = `(r.object, r.id) > (${e.param(place.object, TEXT)}, ${e.param(place.id, TEXT)})`
  return ` where ${worse} or (${equal} and ${later})`
}

const matchesOf = (
  e: Params,
  model: Model,
  object: ObjectModel,
  hasWords: boolean,
  filter: unknown,
): string => {
  const alias = 'found'
  const [id = ''] = object.key
  const vector = vectorOf(object, alias)
  const image = scalarOf(object, 'avatar_url') === undefined ? null : textOf(object, IMAGE_FIELD, alias)
  const rank = (name: string): string =>
    hasWords ? `pg_catalog.${name}(${vector}, asked.query)` : `0::${REAL}`
  const conditions = [
    compileFilter(e, model, object, alias, filter),
    ...(hasWords ? [`${vector} operator(pg_catalog.@@) asked.query`] : []),
  ]
  const priority = PRIORITIES[object.nameSingular] ?? 0
  const order = hasWords ? '' : ` order by ${alias}.${quoteIdentifier(id)}`
  return `(select ${e.param(object.nameSingular, TEXT)} as object, ${alias}.${quoteIdentifier(id)}::${TEXT} as id, coalesce(${labelOf(object, alias) ?? 'null'}, '') as label, \
${image ?? `null::${TEXT}`} as image, ${rank('ts_rank_cd')} as rank_cd, ${rank('ts_rank')} as rank, ${priority} as priority \
from ${inWorkspace(object.table)} ${alias}, asked where ${conditions.join(' and ')}${order} limit ${MAX_RANKED + 1})`
}

/**
 * Rows: object, id, label, image, rank by cover density, rank, priority, and whether an object has more
 * matches than were ranked; one more than the limit, to know whether there are more, or one without a record
 * if there is none. null if there is no searched object. Throws Problem BAD_USER_INPUT.
 */
export const compileSearch = (e: Params, model: Model, request: SearchRequest): string | null => {
  if (request.limit > MAX_RESULTS) throw bad(`Limit cannot exceed ${MAX_RESULTS} items`)
  if (request.limit < 0) throw bad('Limit must be non-negative')
  const objects = objectsOf(model, request)
  if (objects.length === 0) return null
  // Punctuation alone matches nothing; an empty input matches everything, newest last.
  const hasWords = request.searchInput.trim() !== ''
  const query = searchQuery(request.searchInput)
  const asked = hasWords
    ? `asked as materialized (select pg_catalog.to_tsquery('pg_catalog.simple', ${foldedText(e.param(query, TEXT))}) as query)`
    : 'asked as (select 1)'
  const matches = objects.map((object) => matchesOf(e, model, object, hasWords, request.filter))
  const after = request.after === null ? '' : behind(e, request.after)
  const order = 'order by r.rank_cd desc, r.rank desc, r.priority desc, r.object, r.id'
  const isPartial = `select coalesce(pg_catalog.bool_or(many), false) as partial from (select pg_catalog.count(*) > ${MAX_RANKED} as many from ranked group by object) o`
  return `with ${asked}, ranked as materialized (${matches.join(' union all ')}) \
select r.object, r.id, r.label, r.image, r.rank_cd, r.rank, r.priority, p.partial from (${isPartial}) p \
left join (select * from ranked r${after} ${order} limit ${e.param(String(request.limit + 1), 'pg_catalog.int8')}) r on true ${order}`
}
