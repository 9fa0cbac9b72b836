// The paging arguments of lists of keys, roles, members and webhooks over GraphQL. The contract's lists are
// bare, so a page is asked for by the id of the last item.

import { checkPage, MAX_PAGE, type PageRequest } from '../../../tenants/listPage.ts'

export interface AccessPageArguments {
  readonly first?: number | null
  readonly after?: string | null
  readonly search?: string | null
}

export const accessPageOf = ({ first, after, search }: AccessPageArguments): PageRequest => {
  const request = { limit: first ?? MAX_PAGE, after: after ?? undefined, search: search ?? undefined }
  checkPage(request, { limit: 'first', after: 'after' })
  return request
}
