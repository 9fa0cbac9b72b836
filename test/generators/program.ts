// A program over generated code: functions of hey-api for REST, types of graphql-codegen for GraphQL.

import { readFileSync } from 'node:fs'
import { createOneCompany, findManyCompanies } from './client'
import { client } from './client/client.gen'
import type { CompaniesQuery, CompaniesQueryVariables } from './graphql'

const [, , url = '', token = '', document = ''] = process.argv

const main = async (): Promise<void> => {
  client.setConfig({ baseUrl: `${url}/rest`, auth: token })
  const created = await createOneCompany({ body: { name: 'Generated Ltd' } })
  const found = await findManyCompanies({ query: { filter: 'name[startsWith]:Generated' } })
  const variables: CompaniesQueryVariables = { filter: { name: { eq: 'Generated Ltd' } } }
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: readFileSync(document, 'utf8'), variables }),
  })
  const { data } = (await response.json()) as { data: CompaniesQuery }
  console.log(
    JSON.stringify({
      created: created.data?.data?.createCompany?.name,
      found: found.data?.totalCount,
      overGraphQL: data.companies?.edges?.map((edge) => edge?.node?.name),
    }),
  )
}

void main()
