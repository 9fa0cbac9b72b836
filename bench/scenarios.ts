// What is asked, in the words of each contender. In: ids that exist and the gateway's key; out: one call per
// scenario, protocol and contender. The answers carry the same fields.

import type { Call } from './load.ts'
import { CITY } from './seed.ts'

export type ContenderName = 'tenantry' | 'handwritten' | 'grafserv'

export interface Scenario {
  readonly name: string
  readonly protocol: 'REST' | 'GraphQL'
  /** The ratio that is aimed at, tenantry to the other. */
  readonly target: number
  /** The largest ratio of the 99th percentiles that is aimed at. */
  readonly mostP99?: number
  readonly calls: Readonly<Partial<Record<ContenderName, Call>>>
}

const JSON_TYPE = { 'content-type': 'application/json' }
const BATCH = 60

let counter = 0
const company = () => {
  counter += 1
  return {
    name: `New ${counter}`,
    domainName: { primaryLinkUrl: `https://new-${process.pid}-${counter}.example` },
    address: { addressCity: 'Lyon' },
    annualRevenue: { amountMicros: 5_000_000, currencyCode: 'EUR' },
  }
}
const batch = () => Array.from({ length: BATCH }, company)

const TENANTRY_FIELDS = `id name domainName { primaryLinkUrl primaryLinkLabel } address { addressStreet1 addressCity addressCountry }
  annualRevenue { amountMicros currencyCode } createdAt updatedAt position`
const GRAFSERV_FIELDS = `rowId name domainNamePrimaryLinkUrl domainNamePrimaryLinkLabel addressStreet1 addressCity addressCountry
  annualRevenueAmountMicros annualRevenueCurrencyCode createdAt updatedAt position`

const rest = (method: 'GET' | 'POST', path: string, authorization: string, body?: () => string) => {
  const call = (headers: Readonly<Record<string, string>>): Call => ({
    method,
    path,
    headers: { ...headers, ...(body === undefined ? {} : JSON_TYPE) },
    ...(body === undefined ? {} : { body }),
  })
  return { tenantry: call({ authorization }), handwritten: call({}) }
}

const graphql = (
  query: string,
  headers: Readonly<Record<string, string>>,
  variables: () => unknown = () => ({}),
): Call => ({
  method: 'POST',
  path: '/graphql',
  headers: { ...JSON_TYPE, ...headers },
  body: () => JSON.stringify({ query, variables: variables() }),
})

/** Stock PostGraphile takes one record a call and flat fields. */
const flat = () => {
  const { name, domainName, address, annualRevenue } = company()
  return {
    name,
    domainNamePrimaryLinkUrl: domainName.primaryLinkUrl,
    addressCity: address.addressCity,
    annualRevenueAmountMicros: String(annualRevenue.amountMicros),
    annualRevenueCurrencyCode: annualRevenue.currencyCode,
  }
}

const CREATE_ALIASES = Array.from(
  { length: BATCH },
  (_, index) => `c${index}: createCompany(input: { company: $c${index} }) { company { ${GRAFSERV_FIELDS} } }`,
).join('\n')
const CREATE_VARIABLES = Array.from({ length: BATCH }, (_, index) => `$c${index}: CompanyInput!`).join(', ')

const REST = { protocol: 'REST', mostP99: 1.1 } as const

export const scenarios = (companyIds: readonly string[], token: string): readonly Scenario[] => {
  const authorization = `Bearer ${token}`
  const own = { authorization }
  const [id = ''] = companyIds
  const list = `/rest/companies?filter=${encodeURIComponent(`address.addressCity[eq]:"${CITY}"`)}&order_by=name&limit=20`
  return [
    {
      name: 'get',
      ...REST,
      target: 1,
      calls: rest('GET', `/rest/companies/${id}`, authorization),
    },
    { name: 'list 20', ...REST, target: 1, calls: rest('GET', list, authorization) },
    {
      name: 'list 20 + relations',
      ...REST,
      target: 1.2,
      calls: rest('GET', '/rest/people?depth=1&limit=20', authorization),
    },
    {
      name: 'create',
      ...REST,
      target: 0.9,
      calls: rest('POST', '/rest/companies', authorization, () => JSON.stringify(company())),
    },
    {
      name: `batch of ${BATCH}`,
      ...REST,
      target: 1,
      calls: rest('POST', '/rest/batch/companies', authorization, () => JSON.stringify(batch())),
    },
    {
      name: 'get',
      protocol: 'GraphQL',
      target: 1.5,
      calls: {
        tenantry: graphql(
          `query ($id: UUID!) { company(filter: { id: { eq: $id } }) { ${TENANTRY_FIELDS} } }`,
          own,
          () => ({ id }),
        ),
        grafserv: graphql(
          `query ($id: UUID!) { companyByRowId(rowId: $id) { ${GRAFSERV_FIELDS} } }`,
          {},
          () => ({
            id,
          }),
        ),
      },
    },
    {
      name: 'list 20',
      protocol: 'GraphQL',
      target: 1.5,
      calls: {
        tenantry: graphql(
          `query ($city: String) { companies(filter: { address: { addressCity: { eq: $city } } }, orderBy: [{ name: AscNullsFirst }], first: 20) {
             edges { node { ${TENANTRY_FIELDS} } } totalCount pageInfo { hasNextPage endCursor } } }`,
          own,
          () => ({ city: CITY }),
        ),
        grafserv: graphql(
          `query ($city: String) { allCompanies(condition: { addressCity: $city }, orderBy: [NAME_ASC], first: 20) {
             edges { node { ${GRAFSERV_FIELDS} } } totalCount pageInfo { hasNextPage endCursor } } }`,
          {},
          () => ({ city: CITY }),
        ),
      },
    },
    {
      name: 'list 20 + relation',
      protocol: 'GraphQL',
      target: 1.5,
      calls: {
        tenantry: graphql(
          `{ people(first: 20) { edges { node { id name { firstName lastName } jobTitle company { ${TENANTRY_FIELDS} } } } pageInfo { hasNextPage endCursor } } }`,
          own,
        ),
        grafserv: graphql(
          `{ allPeople(first: 20) { edges { node { rowId nameFirstName nameLastName jobTitle companyByCompanyId { ${GRAFSERV_FIELDS} } } } pageInfo { hasNextPage endCursor } } }`,
          {},
        ),
      },
    },
    {
      name: 'create',
      protocol: 'GraphQL',
      target: 1.5,
      calls: {
        tenantry: graphql(
          `mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { ${TENANTRY_FIELDS} } }`,
          own,
          () => ({ data: company() }),
        ),
        grafserv: graphql(
          `mutation ($company: CompanyInput!) { createCompany(input: { company: $company }) { company { ${GRAFSERV_FIELDS} } } }`,
          {},
          () => ({ company: flat() }),
        ),
      },
    },
    {
      name: `batch of ${BATCH}`,
      protocol: 'GraphQL',
      target: 1.5,
      calls: {
        tenantry: graphql(
          `mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { ${TENANTRY_FIELDS} } }`,
          own,
          () => ({ data: batch() }),
        ),
        grafserv: graphql(`mutation (${CREATE_VARIABLES}) { ${CREATE_ALIASES} }`, {}, () =>
          Object.fromEntries(Array.from({ length: BATCH }, (_, index) => [`c${index}`, flat()])),
        ),
      },
    },
  ]
}
