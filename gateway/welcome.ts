// What is printed on stdout when the gateway serves. In: its address and, after a first start, the demo's key; out: text whose
// commands work as they stand. The line `API key: <token>` is for scripts too.

import type { FirstStart } from './firstStart.ts'

const withKey = ({ token, workspaceName, records }: FirstStart, url: string): readonly string[] => [
  `The workspace "${workspaceName}" was made, with ${records} records to look at. Its key is shown this once:`,
  '',
  `API key: ${token}`,
  '',
  'REST:',
  '',
  `  curl -H 'Authorization: Bearer ${token}' '${url}/rest/companies?limit=3'`,
  '',
  'GraphQL:',
  '',
  `  curl -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' ${url}/graphql \\`,
  `    -d '{"query":"{ companies(first: 3) { totalCount edges { node { id name } } } }"}'`,
]

const withoutKey: readonly string[] = ['For an API key: npx tenantry key create <workspace> "My key"']

export const welcome = (url: string, first: FirstStart | null): string =>
  ['', `Tenantry serves at ${url}`, '', ...(first === null ? withoutKey : withKey(first, url)), '', ''].join(
    '\n',
  )
