// The parameters of an operator's request for changes: `after`, `limit`, `wait`, `kinds`, `operations`,
// `events`, `workspaces`, `include`.

import type { Connection } from '../../../sql/ownerPool.ts'
import { EVENT_PATTERNS, eventsMatching, type OperatorEvent } from '../../../tenants/operatorEvents.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import {
  DEFAULT_CHANGES_LIMIT,
  INCLUDES,
  integerParameter,
  knownWord,
  MAX_CHANGES_LIMIT,
  MAX_WAIT_SECONDS,
  one,
  words,
} from '../../changes/changesRequest.ts'
import { CHANGE_OPERATIONS, type ChangeOperation } from '../../changes/entry.ts'
import { badInput } from '../../error/problem.ts'
import type { Query } from '../../http/query.ts'

const KINDS = ['records', 'events'] as const
type Kind = (typeof KINDS)[number]

export interface HostQuery {
  readonly kinds: ReadonlySet<Kind>
  /** Of changes of records; null: all. */
  readonly operations: ReadonlySet<ChangeOperation> | null
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
  return given === null ? null : new Set(given.map((word) => knownWord(what, known, word)))
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
  for (const name of query.keys()) knownWord('the parameters', PARAMETERS, name)
  const events = setOf(query, 'events', 'the events', EVENT_PATTERNS)
  const includes = setOf(query, 'include', 'what can be included', INCLUDES)
  return {
    after: one(query, 'after'),
    limit: integerParameter(query, 'limit', DEFAULT_CHANGES_LIMIT, [MIN_LIMIT, MAX_CHANGES_LIMIT]),
    waitMs: integerParameter(query, 'wait', 0, [0, MAX_WAIT_SECONDS]) * 1_000,
    query: {
      kinds: setOf(query, 'kinds', 'the kinds', KINDS) ?? new Set(KINDS),
      operations: setOf(query, 'operations', 'the operations', CHANGE_OPERATIONS),
      events: events === null ? null : eventsMatching([...events]),
      workspaces: await workspacesOf(connection, query),
      sides: INCLUDES.filter((side) => includes?.has(side) === true),
    },
  }
}
