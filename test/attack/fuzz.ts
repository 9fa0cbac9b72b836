// Attempts to read or change hidden things within one's own workspace. Fields, records and a whole object are
// hidden from the role (see secrets.ts); every template may name them.

import type { Random } from '../../tenants/demo/random.ts'
import { graphql, query } from './attempt.ts'
import { type Kind, OPEN_COMPANIES, recordId } from './records.ts'
import type { Attempt } from './send.ts'
import { recordsOf } from './tenantData.ts'

export interface Draw {
  readonly prefix: string
  /** What may be written without being taken for a secret later. */
  readonly open: string
  /** Texts to guess with: every mark. */
  readonly words: readonly string[]
  readonly random: Random
}
export type Template = (draw: Draw) => Attempt

interface Subject {
  readonly plural: string
  readonly singular: string
  readonly kind: Kind
  readonly texts: readonly string[]
  readonly numbers: readonly string[]
  readonly relations: readonly string[]
}

const SUBJECTS: readonly Subject[] = [
  {
    plural: 'companies',
    singular: 'Company',
    kind: 'company',
    texts: ['name', 'address.addressCity', 'address.addressState', 'domainName.primaryLinkUrl'],
    numbers: ['annualRevenue.amountMicros', 'position'],
    relations: ['people', 'opportunities', 'noteTargets'],
  },
  {
    plural: 'people',
    singular: 'Person',
    kind: 'person',
    texts: ['name.firstName', 'name.lastName', 'jobTitle'],
    numbers: ['position'],
    relations: ['company', 'pointOfContactForOpportunities'],
  },
  {
    plural: 'opportunities',
    singular: 'Opportunity',
    kind: 'opportunity',
    texts: ['name'],
    numbers: ['amount.amountMicros', 'position'],
    relations: ['company', 'pointOfContact'],
  },
  {
    plural: 'notes',
    singular: 'Note',
    kind: 'note',
    texts: ['title'],
    numbers: ['position'],
    relations: ['noteTargets'],
  },
  {
    plural: 'noteTargets',
    singular: 'NoteTarget',
    kind: 'note_target',
    texts: ['createdBy.name'],
    numbers: ['position'],
    relations: ['note', 'targetCompany', 'targetOpportunity'],
  },
]

const nested = (path: string, value: unknown): unknown =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
const selected = (path: string): string =>
  path.split('.').join(' { ') + ' }'.repeat(path.split('.').length - 1)
const pathsOf = ({ texts, numbers }: Subject): readonly string[] => [...texts, ...numbers]
const topOf = (path: string): string => path.split('.')[0] ?? path
const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
/** `annualRevenue.amountMicros` → `AnnualRevenueAmountMicros`, as aggregates are called. */
const flat = (path: string): string => path.split('.').map(capitalised).join('')

/** A condition on any field, as REST and as GraphQL spell it. */
const conditionOf = (
  { random, words, prefix }: Draw,
  subject: Subject,
): { readonly rest: string; readonly graphql: unknown } => {
  const word = random.pick(words)
  if (random.chance(0.15)) {
    const id = random.pick(recordsOf(prefix)(subject.kind))
    return { rest: `id[eq]:${id}`, graphql: { id: { eq: id } } }
  }
  if (random.chance(0.3)) {
    const path = random.pick(subject.numbers)
    const operator = random.pick(['gt', 'lte', 'eq'])
    const value = random.pick([0, 1, 1_000, 3_000, 5_000])
    return { rest: `${path}[${operator}]:${value}`, graphql: nested(path, { [operator]: value }) }
  }
  const path = random.pick(subject.texts)
  const operator = random.pick(['eq', 'ilike', 'startsWith', 'neq'])
  const value =
    operator === 'ilike'
      ? `%${word}%`
      : random.pick([word, `${word} city 1`, `${word} job 2`, `${word} company 50`])
  return { rest: `${path}[${operator}]:"${value}"`, graphql: nested(path, { [operator]: value }) }
}

const fieldsOf = ({ random }: Draw, subject: Subject): Readonly<Record<string, string>> =>
  random.chance(0.4)
    ? {}
    : {
        fields: [
          ...new Set([topOf(random.pick(pathsOf(subject))), topOf(random.pick(pathsOf(subject)))]),
        ].join(','),
      }

const connectionOf = ({ random }: Draw, subject: Subject): string => {
  const deep = random.pick(subject.relations)
  const inner = random.pick(['id name', 'id', 'id jobTitle', 'id title'])
  const isList = deep.endsWith('s') || deep === 'people'
  const relation = isList ? `${deep} { totalCount edges { node { ${inner} } } }` : `${deep} { ${inner} }`
  return `id ${selected(random.pick(pathsOf(subject)))} ${random.chance(0.5) ? relation : ''}`
}

export const READS: readonly Template[] = [
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const order = draw.random.pick(pathsOf(subject))
    const parameters = {
      ...fieldsOf(draw, subject),
      depth: String(draw.random.integer(0, 1)),
      ...(draw.random.chance(0.6) ? { filter: conditionOf(draw, subject).rest } : {}),
      ...(draw.random.chance(0.4)
        ? { order_by: `${order}[${draw.random.pick(['AscNullsFirst', 'DescNullsLast'])}]` }
        : {}),
      limit: String(draw.random.integer(1, 9)),
    }
    return { method: 'GET', path: `/rest/${subject.plural}?${query(parameters)}` }
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const id = draw.random.pick(recordsOf(draw.prefix)(subject.kind))
    return {
      method: 'GET',
      path: `/rest/${subject.plural}/${id}?${query({ ...fieldsOf(draw, subject), depth: '1' })}`,
    }
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const path = draw.random.pick(pathsOf(subject))
    const dimension = draw.random.chance(0.2)
      ? { company: { name: true } }
      : nested(draw.random.pick(pathsOf(subject)), true)
    const parameters = {
      group_by: JSON.stringify([dimension]),
      aggregate: JSON.stringify(
        [
          'totalCount',
          `${draw.random.pick(['max', 'countNotEmpty', 'countUniqueValues', 'sum'])}${flat(path)}`,
        ].slice(0, draw.random.integer(1, 2)),
      ),
      ...(draw.random.chance(0.3) ? { filter: conditionOf(draw, subject).rest } : {}),
      ...(draw.random.chance(0.3) ? { include_records_sample: 'true', ...fieldsOf(draw, subject) } : {}),
    }
    return { method: 'GET', path: `/rest/${subject.plural}/groupBy?${query(parameters)}` }
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const variables = {
      filter: conditionOf(draw, subject).graphql,
      orderBy: draw.random.chance(0.5) ? [nested(draw.random.pick(pathsOf(subject)), 'DescNullsLast')] : [],
    }
    return graphql(
      `query ($filter: ${subject.singular}FilterInput, $orderBy: [${subject.singular}OrderByInput]) { ${subject.plural}(filter: $filter, orderBy: $orderBy, first: ${draw.random.integer(1, 9)}) {
        totalCount ${draw.random.chance(0.3) ? `${draw.random.pick(['max', 'countUniqueValues', 'countNotEmpty'])}${flat(draw.random.pick(pathsOf(subject)))}` : ''} edges { cursor node { ${connectionOf(draw, subject)} } } } }`,
      variables,
    )
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const path = draw.random.pick(pathsOf(subject))
    return graphql(
      `query ($filter: ${subject.singular}FilterInput, $groupBy: [${subject.singular}GroupByInput!]!) { ${subject.plural}GroupBy(filter: $filter, groupBy: $groupBy) { groupByDimensionValues totalCount ${draw.random.chance(0.3) ? `countUniqueValues${flat(path)}` : ''} } }`,
      {
        filter: draw.random.chance(0.5) ? conditionOf(draw, subject).graphql : {},
        groupBy: [nested(draw.random.pick(pathsOf(subject)), true)],
      },
    )
  },
  ({ random, words }) =>
    graphql(
      'query ($input: String!, $included: [String!]) { search(searchInput: $input, limit: 20, includedObjectNameSingulars: $included) { edges { cursor node { recordId label objectNameSingular } } } }',
      {
        input: random.pick([
          ...words,
          `${random.pick(words)} company`,
          `${random.pick(words)} deal`,
          'job',
          'city',
        ]),
        included: random.pick([
          null,
          ['company'],
          ['opportunity'],
          ['note'],
          ['person'],
          ['company', 'note'],
        ]),
      },
    ),
  (draw) => {
    const kind = draw.random.pick(['person', 'company'] as const)
    const id = draw.random.pick(recordsOf(draw.prefix)(kind))
    const word = draw.random.pick(draw.words)
    const data =
      kind === 'company'
        ? { name: `${word} company 50` }
        : { name: { firstName: `${word} person`, lastName: 'n1' } }
    return {
      method: 'POST',
      path: `/rest/${kind === 'person' ? 'people' : 'companies'}/duplicates?${query({ fields: 'name' })}`,
      body: draw.random.chance(0.5) ? { ids: [id] } : { data: [data] },
    }
  },
  (draw) =>
    graphql(
      'query ($ids: [UUID!]) { companyDuplicates(ids: $ids) { totalCount edges { node { id name } } } }',
      {
        ids: [draw.random.pick(recordsOf(draw.prefix)('company'))],
      },
    ),
  () => ({
    method: 'POST',
    path: '/metadata',
    body: { query: '{ objectRecordCounts { objectNamePlural totalCount } }' },
  }),
]

export const WRITES: readonly Template[] = [
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const id = draw.random.pick(recordsOf(draw.prefix)(subject.kind))
    const value = draw.random.integer(1, 9)
    const path = draw.random.pick([...subject.numbers, ...subject.texts])
    const body = nested(path, subject.numbers.includes(path) ? value : `${draw.open} ${value}`)
    return {
      method: draw.random.pick(['PATCH', 'PATCH', 'PATCH', 'DELETE']),
      path: `/rest/${subject.plural}/${id}?soft_delete=true`,
      body,
    }
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const { rest } = conditionOf(draw, subject)
    return {
      method: 'PATCH',
      path: `/rest/${subject.plural}?${query({ filter: rest })}`,
      body: { position: draw.random.integer(1, 99) },
    }
  },
  (draw) => {
    const subject = draw.random.pick(SUBJECTS)
    const path = draw.random.pick(pathsOf(subject))
    return graphql(
      `mutation ($filter: ${subject.singular}FilterInput!) { update${capitalised(subject.plural)}(filter: $filter, data: { position: ${draw.random.integer(1, 99)} }) { id ${selected(path)} } }`,
      { filter: conditionOf(draw, subject).graphql },
    )
  },
  (draw) => ({
    method: 'POST',
    path: '/rest/companies?upsert=true&fields=name',
    body: {
      ...(draw.random.chance(0.5) ? { id: draw.random.pick(recordsOf(draw.prefix)('company')) } : {}),
      name: `${draw.open} taken`,
      domainName: {
        primaryLinkUrl: `https://${draw.random.pick([`${draw.open}1`, ...draw.words.map((word) => `${word}50`)])}.test`,
      },
    },
  }),
  (draw) => ({
    method: 'PATCH',
    path: '/rest/companies/merge?fields=name',
    body: {
      ids: draw.random.shuffle([...recordsOf(draw.prefix)('company')]).slice(0, 2),
      conflictPriorityIndex: 0,
      dryRun: true,
    },
  }),
  (draw) =>
    graphql(
      'mutation ($id: UUID!, $where: CompanyWhereUniqueInput!) { updatePerson(id: $id, data: { company: { connect: { where: $where } } }) { id company { id name } } }',
      {
        id: recordId(draw.prefix, 'person', draw.random.integer(1, 8)),
        where: draw.random.pick([
          { id: draw.random.pick(recordsOf(draw.prefix)('company')) },
          { domainName: { primaryLinkUrl: `https://${draw.random.pick(draw.words)}50.test` } },
        ]),
      },
    ),
  (draw) => ({
    method: 'POST',
    path: '/rest/notes',
    body: { id: recordId(draw.prefix, 'note', draw.random.integer(1, OPEN_COMPANIES)), title: 'again' },
  }),
]
