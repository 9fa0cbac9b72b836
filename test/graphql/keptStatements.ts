// Documents for the tests of kept statements: generated with their variables. Each filter is a variable, has
// variables for its values, or literal values; variables of one document differ in their structure too.

/** Integers below `below`, the same in every run. */
export const createDraw = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Draw = (below: number) => number

const oneOf = <Item>(draw: Draw, items: readonly Item[]): Item => {
  const item = items[draw(items.length)]
  if (item === undefined) throw new Error('Nothing to choose from.')
  return item
}

/** A name of an enum's value, where literals need no quotes. */
class Name {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  toJSON(): string {
    return this.name
  }
}

const NULL = new Name('NULL')
const NOT_NULL = new Name('NOT_NULL')
const ORDERS = ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'].map(
  (name) => new Name(name),
)

/** A value of a condition, with the type of a variable for it. */
interface Leaf {
  readonly type: string
  readonly values: readonly unknown[]
}

const TEXT: Leaf = { type: 'String', values: ['', '%', 'Ada', 'Bo', 'Bo%', 'x"y', null] }
const TEXTS: Leaf = { type: '[String!]', values: [[], [''], ['Ada'], ['Bo', 'Cy', ''], 'Ada'] }
const NUMBER: Leaf = { type: 'Float', values: [0, 1, 2.5, 40, -1] }
const COUNT: Leaf = { type: 'Int', values: [0, 1, 7, 40] }
const INSTANT: Leaf = {
  type: 'Datetime',
  values: ['2026-01-01T00:00:00.123Z', '2026-01-01T00:00:00.123456Z', '2026-01-01', 'never'],
}
const TRUTH: Leaf = { type: 'Boolean', values: [true, false] }
const PRESENCE: Leaf = { type: 'FilterIs', values: [NULL, NOT_NULL] }

const isLeaf = (value: unknown): value is Leaf =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'values')

type Filter = Readonly<Record<string, unknown>>

const BOOKS: readonly Filter[] = [
  { title: { eq: TEXT } },
  { title: { ilike: TEXT }, pages: { gt: COUNT } },
  { pages: { is: PRESENCE } },
  { published: { gte: INSTANT } },
  { or: [{ tags: { isEmptyArray: TRUTH } }, { title: { in: TEXTS } }] },
]
const COMPANIES: readonly Filter[] = [
  {},
  { name: { eq: TEXT } },
  { name: { neq: TEXT }, employees: { lt: NUMBER } },
  { name: { in: TEXTS } },
  { name: { is: PRESENCE } },
  { createdAt: { lt: INSTANT } },
  { deletedAt: { is: PRESENCE } },
  { address: { addressCity: { startsWith: TEXT } } },
  { not: { name: { eq: TEXT } } },
  { and: [{ name: { like: TEXT } }, { or: [{ employees: { gte: NUMBER } }, { name: { eq: TEXT } }] }] },
  { people: { some: { jobTitle: { eq: TEXT } } } },
  { people: { none: { jobTitle: { ilike: TEXT } } } },
]
const PEOPLE: readonly Filter[] = [
  {},
  { jobTitle: { eq: TEXT } },
  { name: { firstName: { in: TEXTS } } },
  { company: { name: { eq: TEXT } } },
  { company: { name: { is: PRESENCE } } },
  { company: { not: { name: { eq: TEXT } } } },
  { companyId: { is: PRESENCE } },
  { position: { gt: NUMBER }, jobTitle: { neq: TEXT } },
]

interface Subject {
  readonly plural: string
  readonly singular: string
  readonly type: string
  readonly filters: readonly Filter[]
  readonly orders: readonly string[]
  /** Selections of a record; one with a list inside takes its arguments. */
  readonly selections: readonly ((nested: string) => string)[]
  readonly nested: { readonly type: string; readonly filters: readonly Filter[] }
  readonly aggregates: string
}

const OF_PEOPLE = { type: 'PersonFilterInput', filters: PEOPLE }
const SUBJECTS: readonly Subject[] = [
  {
    plural: 'companies',
    singular: 'company',
    type: 'Company',
    filters: COMPANIES,
    orders: ['name', 'employees', 'createdAt'],
    selections: [
      () => 'name employees address { addressCity }',
      (nested) => `name people${nested} { totalCount edges { node { jobTitle company { name } } cursor } }`,
      (nested) => `name employees people${nested} { pageInfo { hasNextPage endCursor } }`,
    ],
    nested: OF_PEOPLE,
    aggregates: 'totalCount sumEmployees',
  },
  {
    plural: 'people',
    singular: 'person',
    type: 'Person',
    filters: PEOPLE,
    orders: ['jobTitle', 'position'],
    selections: [
      () => 'name { firstName lastName } jobTitle',
      () => 'jobTitle company @include(if: $with) { name employees }',
      (nested) => `jobTitle company { name people${nested} { edges { node { name { firstName } } } } }`,
    ],
    nested: OF_PEOPLE,
    aggregates: 'totalCount',
  },
  {
    plural: 'books',
    singular: 'book',
    type: 'Book',
    filters: BOOKS,
    orders: ['title', 'pages'],
    selections: [
      () => 'title pages published tags',
      () => 'title shelf { name } bookLabel',
      (nested) => `title shelf { books${nested} { totalCount edges { node { title } } } }`,
    ],
    nested: { type: 'BookFilterInput', filters: BOOKS },
    aggregates: 'totalCount maxPages',
  },
]

export interface Generated {
  readonly query: string
  /** Each call makes other values, in other structures where whole filters are variables. */
  readonly variables: () => Readonly<Record<string, unknown>>
}

const literal = (value: unknown): string => {
  if (value instanceof Name) return value.name
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner)}`)
    .join(', ')} }`
}

const filled = (draw: Draw, filter: unknown): unknown => {
  if (isLeaf(filter)) return oneOf(draw, filter.values)
  if (Array.isArray(filter)) return filter.map((item) => filled(draw, item))
  if (typeof filter !== 'object' || filter === null) return filter
  return Object.fromEntries(Object.entries(filter).map(([name, inner]) => [name, filled(draw, inner)]))
}

/** Declares variables, and draws their values at each call. */
const createVariables = (draw: Draw) => {
  const declared: { readonly name: string; readonly type: string }[] = []
  const makers: (() => readonly [string, unknown] | null)[] = []
  const declare = (stem: string, type: string, make: () => unknown): string => {
    const name = `${stem}${declared.length}`
    declared.push({ name, type })
    // A variable of `null` and one that is not given are two things.
    makers.push(() => (draw(12) > 0 || type.endsWith('!') ? [name, make()] : null))
    return `$${name}`
  }
  const leaves = (filter: unknown): string => {
    if (isLeaf(filter)) {
      const { type, values } = filter
      return declare('v', type, () => oneOf(draw, values))
    }
    if (Array.isArray(filter)) return `[${filter.map(leaves).join(', ')}]`
    return `{ ${Object.entries(filter ?? {})
      .map(([name, inner]) => `${name}: ${leaves(inner)}`)
      .join(', ')} }`
  }
  const filter = (type: string, filters: readonly Filter[]): string => {
    const way = draw(4)
    if (way === 0) return leaves(oneOf(draw, filters))
    if (way === 1) return literal(filled(draw, oneOf(draw, filters)))
    const some = [oneOf(draw, filters), oneOf(draw, filters)]
    return declare('f', type, () => filled(draw, oneOf(draw, some)))
  }
  return {
    declare,
    filter,
    /** The operation, with the variables that it uses. */
    operation: (body: string): string => {
      const used = declared.filter(({ name }) => new RegExp(`\\$${name}\\b`).test(body))
      const head = used.map(({ name, type }) => `$${name}: ${type}`).join(', ')
      return `query${head === '' ? '' : ` (${head})`} { ${body} }`
    },
    make: () => Object.fromEntries(makers.flatMap((make) => [make()].filter((each) => each !== null))),
  }
}

type Variables = ReturnType<typeof createVariables>

const orderOf = (draw: Draw, { declare }: Variables, { type, orders }: Subject): string => {
  const make = () => [{ [oneOf(draw, orders)]: oneOf(draw, ORDERS) }]
  if (draw(3) === 0) return ''
  return draw(2) === 0
    ? ` orderBy: ${literal(make())}`
    : ` orderBy: ${declare('order', `[${type}OrderByInput]`, make)}`
}

const sizeOf = (draw: Draw, { declare }: Variables, name = 'first'): string => {
  switch (draw(4)) {
    case 0:
      return ''
    case 1:
      return ` ${name}: ${1 + draw(3)}`
    default:
      return ` ${name}: ${declare('n', 'Int', () => oneOf(draw, [null, 1, 2, 60, -1]))}`
  }
}

const nestedOf = (draw: Draw, variables: Variables, { nested }: Subject): string => {
  if (draw(3) === 0) return ''
  const filter = variables.filter(nested.type, nested.filters)
  return `(filter: ${filter}${sizeOf(draw, variables, oneOf(draw, ['first', 'last']))})`
}

const listOf = (draw: Draw, variables: Variables, subject: Subject): string => {
  const { plural, type, filters, selections, aggregates } = subject
  const filter = draw(5) === 0 ? '' : ` filter: ${variables.filter(`${type}FilterInput`, filters)}`
  const skipped = draw(5) === 0 ? ` offset: ${variables.declare('skip', 'Int', () => draw(3))}` : ''
  const given = `${filter}${orderOf(draw, variables, subject)}${sizeOf(draw, variables)}${skipped}`
  const record = oneOf(draw, selections)(nestedOf(draw, variables, subject))
  const parts = [
    `edges { cursor node { ${record} } }`,
    aggregates,
    'pageInfo { hasNextPage startCursor }',
    `edges { node { ${record} } } ${aggregates}`,
  ]
  return `${plural}${given === '' ? '' : `(${given})`} { ${oneOf(draw, parts)} }`
}

const rootOf = (draw: Draw, variables: Variables): string => {
  const subject = oneOf(draw, SUBJECTS)
  const { singular, plural, type, filters, selections } = subject
  switch (draw(8)) {
    case 0:
    case 1: {
      const record = oneOf(draw, selections)(nestedOf(draw, variables, subject))
      return `${singular}(filter: ${variables.filter(`${type}FilterInput!`, filters)}) { ${record} }`
    }
    case 2: {
      const filter = variables.filter(`${type}FilterInput`, filters)
      const by = variables.declare('by', `[${type}GroupByInput!]!`, () => [
        { [subject.orders[0] ?? '']: true },
      ])
      return `${plural}GroupBy(groupBy: ${by}, filter: ${filter}) { groupByDimensionValues totalCount }`
    }
    case 3: {
      const fewest = variables.declare('fewest', 'Int!', () => draw(9))
      return `longBooks(fewest: ${fewest} filter: ${variables.filter('BookFilterInput', BOOKS)}) { edges { node { title } } }`
    }
    default:
      return listOf(draw, variables, subject)
  }
}

export const generate = (draw: Draw): Generated => {
  const variables = createVariables(draw)
  const roots = Array.from(
    { length: 1 + (draw(4) === 0 ? 1 : 0) },
    (_, at) => `r${at}: ${rootOf(draw, variables)}`,
  )
  const isShown = variables.declare('with', 'Boolean!', () => draw(2) === 0)
  const body = roots.join('\n').replaceAll('$with', isShown)
  return { query: variables.operation(body), variables: variables.make }
}
