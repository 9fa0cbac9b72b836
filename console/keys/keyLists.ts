// All keys, and the roles that keys can have: lists that the first page does without.

import type { Api } from '../api/api.ts'
import { LIST_PAGE_SIZE, type OptionSource, searchFor } from '../list/listPage.ts'
import { LARGEST_PAGE, readAll } from '../list/readAll.ts'
import { ApiKeys, KeyRoles } from './keys.graphql.ts'
import { KEY_ROLES_KEY, type Key, type KeyRole } from './keys.ts'

/** All keys, newest first. */
export const readKeys = (api: Api): Promise<readonly Key[]> =>
  readAll(
    async (after) => (await api.metadata(ApiKeys, { first: LARGEST_PAGE, after, search: null })).apiKeys,
  )

/** Roles that keys and webhooks can have, to choose from. */
export const keyRoleOptions = (api: Api): OptionSource => ({
  queryKey: KEY_ROLES_KEY,
  read: async (search) => {
    const page = { first: LIST_PAGE_SIZE, after: null, search: searchFor(search) }
    const { getApiKeyRoles: roles } = await api.metadata(KeyRoles, page)
    return roles.map(({ id, label }) => ({ value: id, label }))
  },
})

/** All roles that keys and webhooks can have. */
export const readKeyRoles = (api: Api): Promise<readonly KeyRole[]> =>
  readAll(
    async (after) =>
      (await api.metadata(KeyRoles, { first: LARGEST_PAGE, after, search: null })).getApiKeyRoles,
  )
