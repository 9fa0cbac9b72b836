// Documents at the limits of `gateway/graphql/validation/limits.ts`, each at its largest in one direction, over
// the standard objects. `salt` makes texts differ, so that no cache has them.

const times = (count: number, make: (at: number) => string, separator = ' '): string =>
  Array.from({ length: count }, (_, at) => make(at)).join(separator)

const nodes = (fields: string, list = 'companies'): string => `${list} { edges { node { ${fields} } } }`

const LISTS = [
  'companies',
  'people',
  'opportunities',
  'notes',
  'tasks',
  'noteTargets',
  'taskTargets',
  'attachments',
]

/** The longest chain of relations: attachments, opportunity, person, company, people of it, company, member. */
const deep = (fields: number): string => {
  const some = (level: string): string => times(fields, (at) => `${level}${at}: createdAt`)
  return `${some('a')} targetOpportunity { ${some('b')} pointOfContact { ${some('c')} company { ${some('d')} people(first: 5) { edges { node { ${some('e')} company { ${some('f')} accountOwner { ${some('g')} name { firstName } } } } } } } } }`
}

const nested = (depth: number): string =>
  depth === 0 ? '{ name: { eq: "x" } }' : `{ and: [${nested(depth - 1)}, { not: { name: { is: NULL } } }] }`

export interface Shape {
  readonly name: string
  readonly text: (salt: string) => string
  /** Values of variables. */
  readonly variables?: Readonly<Record<string, unknown>>
}

export const SHAPES: readonly Shape[] = [
  {
    name: 'one field under 1,990 names',
    text: (salt) => `query ${salt} { ${nodes(times(1_990, (at) => `a${at}: name`))} }`,
  },
  {
    name: '1,600 conditions on fields',
    text: (salt) =>
      `query ${salt}($c: Boolean!) { ${nodes(times(1_600, (at) => `a${at}: name @include(if: $c)`))} }`,
    variables: { c: true },
  },
  {
    name: '300 parts of composites under 1,800 names',
    text: (salt) =>
      `query ${salt} { ${nodes(times(360, (at) => `a${at}: address { addressCity addressCountry addressLat addressLng }`))} }`,
  },
  {
    name: 'the longest chain of relations, 1,900 fields',
    text: (salt) => `query ${salt} { ${nodes(deep(270), 'attachments')} }`,
  },
  {
    name: '100 related lists with filters and orders',
    text: (salt) =>
      `query ${salt} { ${nodes(times(100, (at) => `l${at}: people(first: 5, filter: { or: [{ name: { firstName: { eq: "x${at}" } } }, { jobTitle: { ilike: "%y%" } }] }, orderBy: [{ createdAt: AscNullsFirst }, { jobTitle: DescNullsLast }]) { totalCount edges { cursor node { id jobTitle createdAt updatedAt position avatarUrl name { firstName lastName } } } pageInfo { hasNextPage endCursor } }`))} }`,
  },
  {
    name: '5 root fields with 380 names each',
    text: (salt) =>
      `query ${salt} { ${['companies', 'people', 'opportunities', 'notes', 'tasks']
        .map((list) =>
          nodes(
            times(380, (at) => `a${at}: createdAt`),
            list,
          ),
        )
        .join(' ')} }`,
  },
  {
    name: '198 fragments spread side by side',
    text: (salt) =>
      `query ${salt} { ${nodes(times(198, (at) => `...f${at}`))} } ${times(198, (at) => `fragment f${at} on Company { ${times(9, (each) => `a${at}_${each}: name`)} }`)}`,
  },
  {
    name: '198 fragments in a chain',
    text: (salt) =>
      `query ${salt} { ${nodes('...f0')} } ${times(198, (at) => `fragment f${at} on Company { ${times(9, (each) => `a${at}_${each}: name`)} ${at < 197 ? `...f${at + 1}` : ''} }`)}`,
  },
  {
    name: '198 fragments with the same 9 names',
    text: (salt) =>
      `query ${salt} { ${nodes(times(32, (at) => `...f${at}`))} } ${times(32, (at) => `fragment f${at} on Company { id name createdAt updatedAt deletedAt position accountOwnerId searchVector __typename }`)}`,
  },
  {
    name: '60 fragments each spread by the next ones',
    text: (salt) =>
      `query ${salt} { ${nodes('...f0')} } ${times(11, (at) => `fragment f${at} on Company { ${times(60, (each) => `a${at}_${each}: name`)} ${at < 10 ? `x${at}: people { edges { node { id } } }` : ''} ...g${at} }`)} ${times(11, (at) => `fragment g${at} on Company { ${at < 10 ? `...f${at + 1}` : 'id'} }`)}`,
  },
  {
    name: '100 operations with 19 fragments of variables',
    text: (salt) =>
      `${times(100, (at) => `query ${salt}${at}($v: String) { ${nodes('...f0')} }`)} ${times(19, (at) => `fragment f${at} on Company { ${at === 18 ? 'id' : `...f${at + 1}`} l${at}: people(filter: { or: [${times(6, () => '{ jobTitle: { eq: $v } }', ', ')}] }) { totalCount } }`)}`,
  },
  {
    name: '100 operations with the same 19 fragments',
    text: (salt) =>
      `${times(100, (at) => `query ${salt}${at}($v: String) { companies(filter: { name: { eq: $v } }, first: 3) { edges { node { ...f0 } } } }`)} ${times(19, (at) => `fragment f${at} on Company { ${at === 18 ? 'id' : `...f${at + 1}`} ${times(9, (each) => `a${at}_${each}: name`)} }`)}`,
  },
  {
    name: '1,900 conditions of a filter',
    text: (salt) =>
      `query ${salt} { companies(filter: { or: [${times(1_900, (at) => `{ name: { eq: "x${at}" } }`, ', ')}] }) { totalCount } }`,
  },
  {
    name: '980 conditions of different operators',
    text: (salt) =>
      `query ${salt} { companies(filter: { and: [${times(490, (at) => `{ not: { name: { ilike: "%x${at}%" } } }, { address: { addressCity: { in: ["a"] } } }`, ', ')}] }) { totalCount } }`,
  },
  {
    name: 'a filter of nested conditions',
    text: (salt) =>
      `query ${salt} { companies(filter: { or: [${times(45, () => nested(14), ', ')}] }) { totalCount } }`,
  },
  {
    name: '990 variables in a filter',
    text: (salt) =>
      `query ${salt}(${times(990, (at) => `$v${at}: String`)}) { companies(filter: { or: [${times(990, (at) => `{ name: { eq: $v${at} } }`, ', ')}] }) { totalCount } }`,
    variables: Object.fromEntries(Array.from({ length: 990 }, (_, at) => [`v${at}`, 'x'])),
  },
  {
    name: '2,800 variables of a list',
    text: (salt) =>
      `query ${salt}(${times(2_800, (at) => `$v${at}: String`)}) { companies(filter: { name: { in: [${times(2_800, (at) => `$v${at}`)}] } }) { totalCount } }`,
    variables: Object.fromEntries(Array.from({ length: 2_800 }, (_, at) => [`v${at}`, 'x'])),
  },
  {
    name: 'one variable 9,900 times',
    text: (salt) =>
      `query ${salt}($v: String) { companies(filter: { name: { in: [${times(9_900, () => '$v')}] } }) { totalCount } }`,
    variables: { v: 'x' },
  },
  {
    name: '9,000 values of a list',
    text: (salt) =>
      `query ${salt} { companies(filter: { name: { in: [${times(9_000, (at) => `"x${at}"`, ', ')}] } }) { totalCount } }`,
  },
  {
    name: '3,000 terms of an order',
    text: (salt) =>
      `query ${salt} { companies(orderBy: [${times(3_300, () => '{ name: AscNullsFirst }', ', ')}]) { totalCount } }`,
  },
  {
    name: 'a created batch of 60 records',
    text: (salt) =>
      `mutation ${salt} { createCompanies(data: [${times(60, (at) => `{ name: "x${at}", position: ${at}, address: { addressCity: "a", addressCountry: "b" }, domainName: { primaryLinkUrl: "https://a${at}.example", secondaryLinks: [{ url: "https://b.example", label: "x" }] } }`, ', ')}]) { id name } }`,
  },
  {
    name: 'one created record with a long text',
    text: (salt) =>
      `mutation ${salt} { createCompany(data: { name: "${'\\u00e9'.repeat(33_000)}" }) { id name } }`,
  },
  {
    name: 'aggregates, groups and their samples',
    text: (salt) =>
      `query ${salt} { companiesGroupBy(groupBy: [{ name: true }, { address: { addressCity: true } }], limit: 10) { ${times(600, (at) => `a${at}: totalCount b${at}: countNotEmptyName c${at}: groupByDimensionValues`)} } }`,
  },
  {
    name: '20 faults of long names',
    text: (salt) =>
      `query ${salt} { ${nodes(times(1_000, (at) => `naem${at}Something`))} ${times(900, (at) => `companiesOf${at}`)} }`,
  },
  {
    name: '19 root fields that do not exist, of long names',
    text: (salt) =>
      `query ${salt} { ${times(19, (at) => `${'companiesAndPeople'.repeat(500)}${at} { id }`)} }`,
  },
  {
    name: '1,400 operators that do not exist',
    text: (salt) =>
      `query ${salt} { companies(filter: { or: [${times(1_400, (at) => `{ name: { eqq${at}: "x" } }`, ', ')}] }) { totalCount } }`,
  },
  {
    name: '8 root fields in fragments',
    text: (salt) =>
      `query ${salt} { ${times(LISTS.length, (at) => `...f${at}`)} } ${LISTS.map((list, at) => `fragment f${at} on Query { ${list} { totalCount pageInfo { hasNextPage } edges { cursor node { ${times(230, (each) => `a${each}: createdAt`)} } } } }`).join(' ')}`,
  },
  {
    name: 'a syntax error at the end',
    text: (salt) => `query ${salt} { ${nodes(times(4_000, (at) => `a${at}: name`))} `,
  },
  {
    name: 'inline fragments around each field',
    text: (salt) => `query ${salt} { ${nodes(times(1_900, (at) => `... on Company { a${at}: name }`))} }`,
  },
  {
    name: '100 equal lists',
    text: (salt) =>
      `query ${salt} { ${nodes(times(100, () => 'people { edges { node { id jobTitle createdAt updatedAt deletedAt position avatarUrl companyId searchVector __typename b: id c: id d: id } } }'))} }`,
  },
  {
    name: 'names as often as overlaps allow',
    text: (salt) =>
      `query ${salt} { ${nodes(times(19, (at) => times(19, () => `a${at}: accountOwner { id name { firstName lastName } }`)))} }`,
  },
]
