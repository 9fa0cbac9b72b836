// Keys, roles and members of a workspace within one metadata request. Each list is read when first needed, so
// that a nested document costs the same few queries for any number of roles. A change invalidates them.

import type { Pool } from 'pg'
import { type Key, type KeyPageRequest, listKeys, pageOfKeys } from '../../../tenants/key.ts'
import type { ListPage } from '../../../tenants/listPage.ts'
import { listRolePermissions, type RolePermissions } from '../../../tenants/permission/listing.ts'
import { listRoles, pageOfRoles, type Role } from '../../../tenants/permission/role.ts'
import { listRoleHolders, type RoleHolder } from '../../../tenants/roleHolder.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { Models, WholeModel } from '../model/models.ts'
import { createPlaces, type Places } from './places.ts'

export interface Access {
  readonly roles: () => Promise<readonly Role[]>
  /** Throws if the role is gone. */
  readonly role: (id: string) => Promise<Role>
  /** Newest first, including revoked ones. */
  readonly keys: () => Promise<readonly Key[]>
  readonly rolePage: (page: Parameters<typeof pageOfRoles>[2]) => Promise<ListPage<Role>>
  readonly keyPage: (page: KeyPageRequest) => Promise<ListPage<Key>>
  readonly members: () => Promise<readonly RoleHolder[]>
  readonly permissionsOf: (roleId: string) => Promise<RolePermissions>
  readonly places: () => Promise<Places>
  /** After a change. */
  readonly forget: () => void
}

export type OpenAccess = (requestContext: RequestContext<unknown>) => Access

interface Kept<T> {
  readonly get: () => Promise<T>
  readonly forget: () => void
}

const keep = <T>(read: () => Promise<T>): Kept<T> => {
  let kept: Promise<T> | undefined
  return {
    get: () => {
      kept ??= read()
      return kept
    },
    forget: () => {
      kept = undefined
    },
  }
}

export const createOpenAccess = (pool: Pool, models: Models): OpenAccess => {
  const placesByModel = new WeakMap<WholeModel, Places>()
  return ({ workspace }) => {
    const { id } = workspace
    const placesOf = async (): Promise<Places> => {
      const model = await models.whole(workspace)
      const known = placesByModel.get(model) ?? createPlaces(model)
      placesByModel.set(model, known)
      return known
    }
    const roles = keep(() => listRoles(pool, id))
    const keys = keep(() => listKeys(pool, id))
    const members = keep(() => listRoleHolders(pool, id))
    const permissions = keep(() => listRolePermissions(pool, id))
    const places = keep(placesOf)
    return Object.freeze({
      roles: roles.get,
      role: async (roleId: string) => {
        const role = (await roles.get()).find((each) => each.id === roleId)
        if (role === undefined) throw new Error(`The role ${roleId} is not among those of its workspace.`)
        return role
      },
      keys: keys.get,
      rolePage: (page: Parameters<typeof pageOfRoles>[2]) => pageOfRoles(pool, id, page),
      keyPage: (page: KeyPageRequest) => pageOfKeys(pool, id, page),
      members: members.get,
      permissionsOf: async (roleId: string) => (await permissions.get())(roleId),
      places: places.get,
      forget: () => {
        for (const each of [roles, keys, members, permissions]) each.forget()
      },
    })
  }
}

/** Returned after a change, so nothing read before it. */
export const changed = async <T>(changing: Promise<T>, { forget }: Access): Promise<T> => {
  const result = await changing
  forget()
  return result
}
