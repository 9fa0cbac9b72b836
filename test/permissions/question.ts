// One line of matrix.md as requests over REST and GraphQL, with a check whether an answer contains the field.

export interface Question {
  readonly object: string
  readonly operation: string
  readonly field: string
}

export interface RestAsk {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

export interface GraphQLAsk {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/** The subject of a question. */
export interface Subject {
  /** The record, as REST names it in a path. */
  readonly key: string
  /** Another one like it. */
  readonly other: string
  readonly companyId: string
}

interface Words {
  readonly plural: string
  /** What a new record needs. */
  readonly required: Readonly<Record<string, unknown>>
  /** Names the record, over GraphQL: arguments and a filter. */
  readonly keyArguments: (key: string) => string
  readonly keyFilter: (key: string) => string
  readonly restFilter: (key: string) => string
  readonly key: string
}

const byId = (plural: string): Words => ({
  plural,
  required: {},
  keyArguments: (key) => `id: "${key}"`,
  keyFilter: (key) => `{ id: { eq: "${key}" } }`,
  restFilter: (key) => `id[eq]:${key}`,
  key: 'id',
})

const slipKey = (key: string): readonly string[] => key.split(',')
let slips = 100

const WORDS: Readonly<Record<string, Words>> = {
  person: byId('people'),
  company: byId('companies'),
  note: byId('notes'),
  noteTarget: byId('noteTargets'),
  bargain: byId('bargains'),
  paySlip: {
    plural: 'paySlips',
    get required() {
      slips += 1
      return { empId: slips, lineNo: 1 }
    },
    keyArguments: (key) => `empId: ${slipKey(key)[0]}, lineNo: ${slipKey(key)[1]}`,
    keyFilter: (key) => `{ empId: { eq: ${slipKey(key)[0]} }, lineNo: { eq: ${slipKey(key)[1]} } }`,
    restFilter: (key) => `empId[eq]:${slipKey(key)[0]},lineNo[eq]:${slipKey(key)[1]}`,
    key: 'empId lineNo',
  },
}

const wordsOf = (object: string): Words => {
  const words = WORDS[object]
  if (words === undefined) throw new Error(`The table speaks of an unknown object "${object}".`)
  return words
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** `{a: {b: value}}` */
export const nested = (path: readonly string[], value: unknown): Readonly<Record<string, unknown>> =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Readonly<Record<string, unknown>>

const LISTS = ['people', 'noteTargets']
const COMPOSITES: Readonly<Record<string, string>> = { emails: 'primaryEmail' }

/** `{ a { b } }`, lists of records as connections; a relation or a composite alone by one of its fields. */
const selection = (path: readonly string[]): string =>
  path.reduceRight((inner, name) => {
    if (LISTS.includes(name)) return `${name} { edges { node { ${inner || 'id'} } } }`
    if (inner !== '') return `${name} { ${inner} }`
    const only = ['company', 'note'].includes(name) ? 'id' : COMPOSITES[name]
    return only === undefined ? name : `${name} { ${only} }`
  }, '')

/** Whether a record holds what the path leads to; lists are looked into at their first record. */
export const holds = (record: unknown, [name, ...rest]: readonly string[]): boolean => {
  if (name === undefined) return true
  const at: unknown = Array.isArray(record) ? record[0] : record
  return typeof at === 'object' && at !== null && name in at && holds(at[name as keyof typeof at], rest)
}

const VALUES: Readonly<Record<string, unknown>> = {
  companyId: null,
  'emails.primaryEmail': 'somebody@acme.test',
}
const sampleOf = (field: string): unknown => (field in VALUES ? VALUES[field] : `value ${field}`)

export const restAsk = ({ object, operation, field }: Question, subject: Subject): RestAsk => {
  const { plural, required, restFilter } = wordsOf(object)
  const path = field.split('.')
  const root = `/rest/${plural}`
  const one = `${root}/${subject.key}`
  const query = (parameters: Readonly<Record<string, string>>): string =>
    `${root}?${new URLSearchParams(parameters)}`
  const groups = (parameters: Readonly<Record<string, unknown>>): RestAsk => ({
    method: 'GET',
    path: `${root}/groupBy?${new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    )}`,
  })
  const data = nested(path, sampleOf(field))
  switch (operation) {
    case 'get':
      return { method: 'GET', path: one }
    case 'list':
    case 'count':
      return { method: 'GET', path: root }
    case 'relations':
      return { method: 'GET', path: `${one}?depth=1` }
    case 'fields':
      return { method: 'GET', path: `${one}?depth=1&fields=${field}` }
    case 'filter':
      return { method: 'GET', path: query({ filter: `${field}[is]:NOT_NULL` }) }
    case 'order':
      return { method: 'GET', path: query({ order_by: field }) }
    case 'cursor': {
      const cursor = Buffer.from(JSON.stringify({ ...nested(path, 'A'), id: subject.key })).toString('base64')
      return { method: 'GET', path: query({ order_by: field, starting_after: cursor }) }
    }
    case 'group':
      return groups({ group_by: [nested(path, true)] })
    case 'sample':
      return groups({ group_by: [{ id: true }], include_records_sample: true })
    case 'aggregate':
      return groups({ group_by: [{ id: true }], aggregate: [`countEmpty${capital(field)}`] })
    case 'create':
      return { method: 'POST', path: root, body: { ...required, ...data } }
    case 'batch':
      return { method: 'POST', path: `/rest/batch/${plural}`, body: [{ ...required, ...data }] }
    case 'upsert':
      return { method: 'POST', path: query({ upsert: 'true' }), body: { id: subject.key, ...data } }
    case 'update':
      return { method: 'PATCH', path: one, body: data }
    case 'update all':
      return { method: 'PATCH', path: query({ filter: restFilter(subject.key) }), body: data }
    case 'update where':
      return {
        method: 'PATCH',
        path: query({ filter: `${field}[eq]:nobody has this` }),
        body: { name: { lastName: 'x' } },
      }
    case 'connect':
      return { method: 'POST', path: root, body: connection(path, subject) }
    case 'delete':
      return { method: 'DELETE', path: `${one}?soft_delete=true` }
    case 'destroy':
      return { method: 'DELETE', path: one }
    case 'restore':
      return { method: 'PATCH', path: `${one}/restore` }
    case 'duplicates':
      return { method: 'POST', path: `${root}/duplicates`, body: { data: [data] } }
    case 'merge':
      return { method: 'PATCH', path: `${root}/merge`, body: mergeOf(subject) }
    default:
      throw new Error(`The table speaks of an unknown operation "${operation}".`)
  }
}

const mergeOf = ({ key, other }: Subject) => ({ ids: [key, other], conflictPriorityIndex: 0 })

const connection = ([relation = '', ...unique]: readonly string[], { companyId }: Subject) => ({
  [relation]: { connect: { where: nested(unique, unique[0] === 'id' ? companyId : 'https://acme.test') } },
})

/** Where REST's answer holds the records. */
export const recordsIn = ({ object, operation }: Question, body: unknown): unknown => {
  if (operation === 'sample') return (body as readonly { readonly records: unknown }[])[0]?.records
  const { data } = body as { readonly data: Readonly<Record<string, unknown>> }
  return data[object] ?? data[wordsOf(object).plural]
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' &&
    (('edges' in value && isEmpty(value.edges)) || ('totalCount' in value && value.totalCount === 0)))

/** Whether relations on the way to the field lead to no record. */
const isCutOff = (record: unknown, path: readonly string[]): boolean => {
  const [name, ...rest] = path
  if (name === undefined || typeof record !== 'object' || record === null || !(name in record)) return false
  const next: unknown = record[name as keyof typeof record]
  const inner = Array.isArray(next) ? next[0] : next
  return RELATIONS.includes(name) ? isEmpty(next) || isCutOff(inner, rest) : isCutOff(inner, rest)
}
const RELATIONS = ['company', 'note', 'people', 'noteTargets']

const FOUND = ['get', 'list', 'relations', 'fields', 'sample', 'count', 'search', 'update all']
const ABSENT = ['RECORD_NOT_FOUND', 'CONNECT_RECORD_NOT_FOUND']

interface AnswerBody {
  readonly code?: string
  readonly errors?: readonly { readonly extensions: { readonly subCode?: string } }[]
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly totalCount?: number
}

/** Whether either protocol answers as if the record were not there. */
export const isGone = (line: Question, status: number, body: unknown): boolean => {
  if (Array.isArray(body)) return line.operation === 'sample' && body.length === 0
  const { code, errors, data, totalCount } = body as AnswerBody
  if ([code, errors?.[0]?.extensions.subCode].some((each) => ABSENT.includes(each ?? ''))) return true
  if (status >= 300 || errors !== undefined || !FOUND.includes(line.operation)) return false
  if (line.operation === 'count' && totalCount === 0) return true
  const [found] = Object.values(data ?? {})
  const isAnyOfIt = line.operation === 'relations' || line.operation === 'fields'
  return isEmpty(found) || (isAnyOfIt && isCutOff(found, line.field.split('.')))
}

const SOUGHT: Readonly<Record<string, string>> = { person: 'Ada', company: 'Acme', note: 'Met' }

/** Selections and inputs come as literals and as variables in turn: both are looked at. */
export const graphqlAsk = ({ object, operation, field }: Question, subject: Subject): GraphQLAsk => {
  const { plural, required, key, keyArguments, keyFilter } = wordsOf(object)
  const path = field.split('.')
  const [type, types] = [capital(object), capital(plural)]
  const name = keyArguments(subject.key)
  const data = nested(path, sampleOf(field))
  const list = (parameters: string, selected = `edges { node { ${key} } }`): GraphQLAsk => ({
    query: `{ ${plural}${parameters} { ${selected} } }`,
  })
  switch (operation) {
    case 'get':
    case 'relations':
    case 'fields':
      return { query: `{ ${object}(filter: ${keyFilter(subject.key)}) { ${selection(path)} } }` }
    case 'list':
      return list('', `edges { node { ${selection(path)} } }`)
    case 'count':
      return list('', 'totalCount')
    case 'filter':
      return {
        query: `query ($filter: ${type}FilterInput) { ${plural}(filter: $filter) { totalCount } }`,
        variables: { filter: nested(path, { is: 'NOT_NULL' }) },
      }
    case 'order':
      return {
        query: `query ($orderBy: [${type}OrderByInput]) { ${plural}(orderBy: $orderBy) { edges { cursor } } }`,
        variables: { orderBy: [nested(path, 'AscNullsFirst')] },
      }
    case 'cursor':
      return list(`(orderBy: [{ ${field}: AscNullsFirst }], first: 1)`, 'pageInfo { endCursor }')
    case 'group':
      return {
        query: `query ($by: [${type}GroupByInput!]!) { ${plural}GroupBy(groupBy: $by) { totalCount } }`,
        variables: { by: [nested(path, true)] },
      }
    case 'sample':
      return {
        query: `{ ${plural}GroupBy(groupBy: [{ id: true }]) { edges { node { ${selection(path)} } } } }`,
      }
    case 'aggregate':
      return list('', `countEmpty${capital(field)} totalCount`)
    case 'create':
      return {
        query: `mutation ($data: ${type}CreateInput!) { create${type}(data: $data) { ${key} } }`,
        variables: { data: { ...required, ...data } },
      }
    case 'batch':
      return {
        query: `mutation ($data: [${type}CreateInput!]!) { create${types}(data: $data) { ${key} } }`,
        variables: { data: [{ ...required, ...data }] },
      }
    case 'upsert':
      return {
        query: `mutation ($data: ${type}CreateInput!) { create${type}(data: $data, upsert: true) { ${key} } }`,
        variables: { data: { id: subject.key, ...data } },
      }
    case 'update':
      return {
        query: `mutation ($data: ${type}UpdateInput!) { update${type}(${name}, data: $data) { ${key} } }`,
        variables: { data },
      }
    case 'update all':
      return {
        query: `mutation ($data: ${type}UpdateInput!) { update${types}(data: $data, filter: ${keyFilter(subject.key)}) { ${key} } }`,
        variables: { data },
      }
    case 'update where':
      return {
        query: `mutation { update${types}(data: { name: { lastName: "x" } }, filter: { ${field}: { eq: "nobody" } }) { ${key} } }`,
      }
    case 'connect':
      return {
        query: `mutation ($data: ${type}CreateInput!) { create${type}(data: $data) { ${key} } }`,
        variables: { data: connection(path, subject) },
      }
    case 'delete':
    case 'destroy':
    case 'restore':
      return { query: `mutation { ${operation}${type}(${name}) { ${key} } }` }
    case 'search':
      return {
        query: `{ search(searchInput: "${SOUGHT[object]}", limit: 5, includedObjectNameSingulars: ["${object}"]) { edges { node { recordId } } } }`,
      }
    case 'duplicates':
      return {
        query: `query ($data: [${type}CreateInput]) { ${object}Duplicates(data: $data) { totalCount } }`,
        variables: { data: [data] },
      }
    case 'merge':
      return {
        query: `mutation ($ids: [UUID!]!) { merge${types}(ids: $ids, conflictPriorityIndex: 0) { ${key} } }`,
        variables: { ids: mergeOf(subject).ids },
      }
    default:
      throw new Error(`The table speaks of an unknown operation "${operation}".`)
  }
}
