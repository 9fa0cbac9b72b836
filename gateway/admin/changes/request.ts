// The parameters of an operator's request for changes: `after`, `limit`, `wait`, `kinds`, `operations`,
// `events`, `workspaces`, `include`.

import type { Connection } from '../../../sql/ownerPool.ts'
import { EVENT_PATTERNS, eventsMatching, type OperatorEvent } from '../../../tenants/operatorEvents.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import { OPERATIONS, type Operation } from '../../changes/entry.ts'
import {
  DEFAULT_LIMIT,
  INCLUDES,
  integer,
  MAX_LIMIT,
  MAX_WAIT_SECONDS,
  one,
  oneOf,
  words,
} from '../../changes/request.ts'
import { badInput } from '../../error/problem.ts'
import type { Query } from '../../http/query.ts'

const KINDS = ['records', 'events'] as const
type Kind = (typeof KINDS)[number]

export interface HostQuery {
  readonly kinds: ReadonlySet<Kind>
  /** Of changes of records; null: all. */
  readonly operations: ReadonlySet<Operation> | null
  readonly events: ReadonlySet<OperatorEvent> | null
  /** Ids; null: all. */
  readonly workspaces: ReadonlySet<string> | null
  /** Whose values are shown. */
  readonly sides: readonly (typeof INCLUDES)[number][]
}

export interface HostChangesRequest {
  readonly query: HostQuery
  readonly after: string | undefined
  readonly limit: number
  readonly waitMs: number
}

/** A page is shared out among workspaces. */
const MIN_LIMIT = 10
const MAX_WORKSPACES = 100
const PARAMETERS = ['after', 'limit', 'wait', 'kinds', 'operations', 'events', 'workspaces', 'include']

const setOf = <Word extends string>(
  query: Query,
  name: string,
  what: string,
  known: readonly Word[],
): ReadonlySet<Word> | null => {
  const given = words(query, name)
  return given === null ? null : new Set(given.map((word) => oneOf(what, known, word)))
}

const workspacesOf = async (connection: Connection, query: Query): Promise<ReadonlySet<string> | null> => {
  const references = words(query, 'workspaces')
  if (references === null) return null
  if (references.length > MAX_WORKSPACES)
    throw badInput(`'workspaces' has at most ${MAX_WORKSPACES} ids or subdomains`, 'INVALID_ARGS')
  const found: string[] = []
  for (const reference of references) found.push((await findWorkspace(connection, reference)).id)
  return new Set(found)
}

export const parseHostChanges = async (connection: Connection, query: Query): Promise<HostChangesRequest> => {
  for (const name of query.keys()) oneOf('the parameters', PARAMETERS, name)
  const events = setOf(query, 'events', 'the events', EVENT_PATTERNS)
  const includes = setOf(query, 'include', 'what can be included', INCLUDES)
  return {
    after: one(query, 'after'),
    limit: integer(query, 'limit', DEFAULT_LIMIT, [MIN_LIMIT, MAX_LIMIT]),
    waitMs: integer(query, 'wait', 0, [0, MAX_WAIT_SECONDS]) * 1_000,
    query: {
      kinds: setOf(query, 'kinds', 'the kinds', KINDS) ?? new Set(KINDS),
      operations: setOf(query, 'operations', 'the operations', OPERATIONS),
      events: events === null ? null : eventsMatching([...events]),
      workspaces: await workspacesOf(connection, query),
      sides: INCLUDES.filter((side) => includes?.has(side) === true),
    },
  }
}
