// Reads and changes workspaces with an operator's session.

import type { Api } from '../api/api.ts'
import { failureOf } from '../api/failure.ts'
import { isUuid, LIST_PAGE_SIZE, type ListPage, type OptionSource } from '../list/listPage.ts'

export interface Workspace {
  readonly id: string
  readonly name: string
  readonly subdomain: string
  readonly schemaName: string
  readonly hasStandardObjects: boolean
  readonly version: number
  readonly status: 'active' | 'suspended'
  readonly createdAt: string
}

export interface NewWorkspace {
  readonly name: string
  readonly subdomain?: string
  readonly standardObjects: boolean
}

/** Null: the gateway's default. */
export type Limits = Readonly<Record<string, number | null>>

export interface WorkspaceMember {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

export interface NewMember {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  /** Label of the role. */
  readonly role: string
}

export interface SignInLink {
  readonly url: string
  readonly expiresAt: string
}

export const WORKSPACES_KEY = ['workspaces'] as const

const pathOf = (id: string, verb = ''): string => `/admin/workspaces/${encodeURIComponent(id)}${verb}`

const queryOf = (limit: number, search: string, after: string | null): URLSearchParams =>
  new URLSearchParams({
    limit: String(limit),
    ...(search === '' ? {} : { search }),
    ...(after === null ? {} : { starting_after: after }),
  })

interface WorkspaceListAnswer {
  readonly workspaces: readonly Workspace[]
  readonly totalCount: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

type WorkspacePage = ListPage<Workspace>

const onePage = (items: readonly Workspace[]): WorkspacePage => ({ items, nextAfter: null })

const readById = async (api: Api, id: string): Promise<WorkspacePage> => {
  try {
    return onePage([await api.rest<Workspace>('GET', pathOf(id))])
  } catch (error) {
    if (failureOf(error).status === 404) return onePage([])
    throw error
  }
}

/**
 * A page of workspaces.
 * @param search beginnings of words of the name and the subdomain, or an id; empty for all.
 * @param after of the page before; null for the first.
 */
export const readWorkspaces = async (
  api: Api,
  search: string,
  after: string | null,
): Promise<WorkspacePage> => {
  if (isUuid(search)) return readById(api, search)
  const query = queryOf(LIST_PAGE_SIZE, search, after)
  const answer = await api.rest<WorkspaceListAnswer>('GET', `/admin/workspaces?${query}`)
  const { workspaces, totalCount, pageInfo } = answer
  return { items: workspaces, totalCount, nextAfter: pageInfo.hasNextPage ? pageInfo.endCursor : null }
}

export const createWorkspace = (api: Api, input: NewWorkspace): Promise<Workspace> =>
  api.rest('POST', '/admin/workspaces', input)

export const dropWorkspace = (api: Api, id: string): Promise<unknown> => api.rest('DELETE', pathOf(id))

export const suspendWorkspace = (api: Api, id: string): Promise<unknown> =>
  api.rest('POST', pathOf(id, '/suspend'))

export const resumeWorkspace = (api: Api, id: string): Promise<unknown> =>
  api.rest('POST', pathOf(id, '/resume'))

export const readLimits = (api: Api, id: string): Promise<Limits> => api.rest('GET', pathOf(id, '/limits'))

export const setLimits = (api: Api, id: string, limits: Limits): Promise<Limits> =>
  api.rest('PATCH', pathOf(id, '/limits'), limits)

/** Members of a workspace, to choose from. */
export const memberOptions = (api: Api, id: string): OptionSource => ({
  queryKey: [...WORKSPACES_KEY, id, 'members'],
  read: async (search) => {
    const path = `${pathOf(id, '/members')}?${queryOf(LIST_PAGE_SIZE, search, null)}`
    const { members } = await api.rest<{ readonly members: readonly WorkspaceMember[] }>('GET', path)
    return members.map((member) => ({
      value: member.id,
      label: member.email === null || member.email === '' ? member.name : `${member.name} (${member.email})`,
    }))
  },
})

export const createMember = (
  api: Api,
  id: string,
  { email, ...names }: NewMember,
): Promise<WorkspaceMember> =>
  api.rest('POST', pathOf(id, '/members'), {
    ...names,
    ...(email.trim() === '' ? {} : { email: email.trim() }),
  })

export const createSignInLink = (api: Api, id: string, workspaceMemberId: string): Promise<SignInLink> =>
  api.rest('POST', pathOf(id, '/sign-in-links'), { workspaceMemberId })
