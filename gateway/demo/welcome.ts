// The text on stdout once the gateway serves. Its commands work as printed. The lines `Console: <link>` and
// `API key: <token>` are for scripts too.

import type { FirstStart } from './firstStart.ts'
import { signInUrl } from './signInUrl.ts'

const withKey = (
  { token, signInSecret, workspaceName, records }: FirstStart,
  url: string,
): readonly string[] => [
  `The workspace "${workspaceName}" was created with ${records} sample records. The link signs you in once, within`,
  'a day. Link and key are shown only once:',
  '',
  `Console: ${signInUrl(url, signInSecret)}`,
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

const withoutKey: readonly string[] = [
  'For a link to the console: npx tenantry sign-in <workspace>',
  'For an API key: npx tenantry key create <workspace> "My key"',
]

export const welcome = (url: string, first: FirstStart | null): string =>
  ['', `Tenantry serves at ${url}`, '', ...(first === null ? withoutKey : withKey(first, url)), '', ''].join(
    '\n',
  )
