// The change feed beside the record API, as path items of changes/routes.ts, and the settings of the change
// log, as path items of metadata/model/changeLogRest.ts.

import {
  DEFAULT_CHANGES_LIMIT,
  INCLUDES,
  MAX_CHANGES_LIMIT,
  MAX_WAIT_SECONDS,
} from '../../changes/changesRequest.ts'
import { CHANGE_OPERATIONS } from '../../changes/entry.ts'
import { changeActor, jsonResponse } from '../answers.ts'
import type { Components } from '../components.ts'
import { leafProperties } from '../graphqlTypes.ts'
import { knownHeaders } from '../headers.ts'
import { type MetadataScope, outputType } from '../nodes.ts'
import type { PathItems } from '../operations.ts'
import { type Parameter, parameterRef } from '../parameters.ts'
import { refusals } from '../problems.ts'
import {
  BOOLEAN,
  closed,
  listOf,
  OBJECT,
  objectOf,
  orNull,
  type Schema,
  STRING,
  wholeObjectOf,
} from '../schema.ts'
import { operation } from './accessPaths.ts'

const TAG = 'changes'
export const CHANGES_TAG = { name: TAG, description: 'Committed changes to all objects, in order.' }

/** Relative to the document's own address (OpenAPI 3.1, "Server Object"): the paths are outside `/rest`. */
const SERVERS = [{ url: '/' }]

const TIME: Schema = { type: 'string', format: 'date-time' }
const OPERATION: Schema = { type: 'string', enum: [...CHANGE_OPERATIONS] }

const query = (name: string, description: string, schema: Schema = STRING): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
})

/** By component name. */
export const CHANGES_PARAMETERS = {
  changesAfter: query(
    'after',
    'A position; `now`, the default; or `oldest`, the oldest change that is kept.',
  ),
  changesObjects: query('objects', 'Names of objects, separated by commas; all by default.'),
  changesOperations: query(
    'operations',
    `Operations, separated by commas: ${CHANGE_OPERATIONS.join(', ')}; all by default.`,
  ),
  changesInclude: query('include', '`record`, `previous`, or both, separated by a comma.'),
  changesLimit: query('limit', 'Number of log entries that a page covers.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_CHANGES_LIMIT,
    default: DEFAULT_CHANGES_LIMIT,
  }),
  changesWait: query('wait', 'Seconds to wait for a change if there is none.', {
    type: 'integer',
    minimum: 0,
    maximum: MAX_WAIT_SECONDS,
    default: 0,
  }),
  changesTicket: query(
    'ticket',
    'Opens the stream with the parameters of the ticket; only `after` may be added.',
  ),
  lastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The last position that the client has received; takes precedence over `after`.',
    schema: STRING,
  },
} as const satisfies Readonly<Record<string, Parameter>>

const refs = (...names: readonly (keyof typeof CHANGES_PARAMETERS)[]) => names.map(parameterRef)

const entryOf = (components: Components): Schema => {
  const id = orNull(STRING)
  const record = orNull(OBJECT)
  return components.share('Change', {
    ...objectOf(
      {
        at: TIME,
        actor: orNull(changeActor(components)),
        object: { ...STRING, description: 'Name of the object in the singular.' },
        operation: OPERATION,
        id: { ...id, description: 'The record as a segment of a path, percent-encoded.' },
        previousId: { ...id, description: 'The id before the change, if the change replaced it.' },
        rowCount: { type: 'integer', description: 'For tables without a key: number of changed rows.' },
        changedFields: { ...listOf(STRING), description: 'Only for updates.' },
        position: { ...STRING, description: 'Send it as `after` to continue after this change.' },
        record: { ...record, description: 'With `include=record`: the current record; null if it is gone.' },
        previous: { ...record, description: 'With `include=previous`: the record before the change.' },
      },
      ['at', 'actor', 'operation', 'position'],
    ),
    examples: [{ at: '2026-01-01T00:00:00.000Z', actor: null, operation: 'updated', position: '12.0-x' }],
  })
}

const pageOf = (components: Components): Schema =>
  objectOf(
    {
      data: wholeObjectOf({ changes: listOf(entryOf(components)) }),
      reset: { ...BOOLEAN, description: 'The position is no longer in the log: read the data again.' },
      hasMore: { ...BOOLEAN, description: 'Whether the next page is available now.' },
      position: { ...STRING, description: 'Send it as `after` for the next page.' },
    },
    ['data', 'hasMore', 'position'],
  )

const words = (items: Schema = STRING): Schema => listOf(items)

const TICKET_BODY: Schema = {
  required: true,
  content: {
    'application/json': {
      schema: closed(
        objectOf({
          objects: words(),
          operations: words(OPERATION),
          include: words({ type: 'string', enum: [...INCLUDES] }),
        }),
      ),
      example: { operations: ['created'], include: ['record'] },
    },
  },
}

const TICKET = wholeObjectOf({
  data: wholeObjectOf({
    ticket: STRING,
    connectBy: { ...TIME, description: 'The first connection must be made by then.' },
    expiresAt: TIME,
  }),
})

const STREAM_PATH = {
  servers: SERVERS,
  get: {
    operationId: 'streamChanges',
    tags: [TAG],
    summary: 'Receive changes after a position as server-sent events',
    description:
      'Stays open until the client closes it, the key ends or the server stops. A client continues with `Last-Event-ID`.',
    parameters: refs(
      'changesAfter',
      'changesObjects',
      'changesOperations',
      'changesInclude',
      'changesLimit',
      'changesTicket',
      'lastEventId',
    ),
    responses: {
      '200': {
        description: 'Events `open`, `change`, `reset` and `end`; the id of an event is its position.',
        headers: knownHeaders(),
        content: { 'text/event-stream': { schema: STRING } },
      },
      ...refusals({}),
    },
  },
}

/** None where an object of the workspace has such a path: a document names a path once. */
export const changePaths = (components: Components, taken: PathItems): PathItems => {
  if (Object.hasOwn(taken, '/changes')) return {}
  return {
    '/changes': {
      servers: SERVERS,
      get: {
        operationId: 'findChanges',
        tags: [TAG],
        summary: 'Find changes after a position',
        description:
          'Returns committed changes to the objects that the role may read, oldest first, and the position to continue from.',
        parameters: refs(
          'changesAfter',
          'changesObjects',
          'changesOperations',
          'changesInclude',
          'changesLimit',
          'changesWait',
        ),
        responses: { '200': jsonResponse('A page of changes.', pageOf(components)), ...refusals({}) },
      },
    },
    '/changes/stream': STREAM_PATH,
    '/changes/tickets': {
      servers: SERVERS,
      post: {
        operationId: 'createTicket',
        tags: [TAG],
        summary: 'Issue a ticket that opens one stream, for a browser',
        description:
          'A ticket replaces the key in the URL of a stream, because a browser cannot send headers there.',
        requestBody: TICKET_BODY,
        responses: { '201': jsonResponse('Issued.', TICKET), ...refusals({ hasBody: true }) },
      },
    },
  }
}

const NAMED_OBJECT: readonly Parameter[] = [
  {
    name: 'object',
    in: 'path',
    required: true,
    description: 'Id or name of the object.',
    schema: STRING,
  },
]

export const changeLogPaths = ({ components, schema }: MetadataScope): Readonly<Record<string, unknown>> => {
  const type = outputType(schema, 'ObjectChangeLog')
  const log = components.share('ObjectChangeLog', wholeObjectOf(leafProperties(components, type)))
  const setting = orNull(BOOLEAN)
  const requestBody: Schema = {
    required: true,
    content: {
      'application/json': {
        schema: closed(
          objectOf({
            capture: { ...setting, description: 'Null inherits the setting of the workspace.' },
            history: { ...setting, description: 'Null inherits the setting of the workspace.' },
          }),
        ),
        example: { history: true },
      },
    },
  }
  return {
    '/changeLog': {
      get: operation('changeLog', listOf(log), {
        operationId: 'findManyChangeLogs',
        summary: 'Find whether changes to objects are logged and kept',
        description: 'Returns one entry for each object, with its own setting and the effective one.',
      }),
    },
    '/changeLog/{object}': {
      parameters: NAMED_OBJECT,
      get: operation('changeLog', log, {
        operationId: 'findOneChangeLog',
        summary: 'Find whether changes to one object are logged and kept',
        description: 'Returns the setting of the object and the effective one.',
      }),
      patch: operation('changeLog', log, {
        operationId: 'updateOneChangeLog',
        summary: 'Set whether changes to one object are logged and kept',
        description: 'Null inherits the setting of the workspace; absent properties keep their values.',
        canConflict: true,
        requestBody,
      }),
    },
  }
}
