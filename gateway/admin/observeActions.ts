// What operators see of the running gateway, and the end of a statement.

import { namesOf } from '../../tenants/workspace.ts'
import { badInput } from '../error/problem.ts'
import type { RunningStatement, StatementName } from '../observe/statements.ts'
import { MEASURES, WINDOWS_MINUTES } from '../observe/top.ts'
import { type ActionCall, action, type OperatorAction, type ScopedAction } from './actions.ts'
import { requiredText, textOf } from './body.ts'
import { requireScope } from './scope.ts'

const BIGGEST_PID = 2_147_483_647
/** As the list prints times. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

const timeIn = (body: ActionCall['body'], name: string): string => {
  const text = requiredText(body, name)
  if (TIME.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw badInput(`${name} must be a time as GET /admin/statements prints it.`)
}

const nameIn = (body: ActionCall['body']): StatementName => {
  const { pid } = body
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1 || pid > BIGGEST_PID)
    throw badInput('pid must be the process id of a backend.')
  const backendStart = timeIn(body, 'backendStart')
  const requestId = textOf(body, 'requestId')
  if (requestId === undefined) return { pid, backendStart, startedAt: timeIn(body, 'startedAt') }
  if (textOf(body, 'startedAt') !== undefined)
    throw badInput('The body must have either requestId or startedAt.')
  return { pid, backendStart, requestId }
}

const TOP_PARAMETERS = ['by', 'minutes']

/** The parameter's value, one of the choices; by default the first. */
const chosenFrom = <T extends string | number>(
  query: ActionCall['query'],
  name: string,
  choices: readonly T[],
): T => {
  const [text = String(choices[0])] = query.get(name) ?? []
  const chosen = choices.find((choice) => String(choice) === text)
  if (chosen !== undefined) return chosen
  throw badInput(`${name} '${text.slice(0, 100)}' is invalid. Should be one of ${choices.join(', ')}`)
}

const showTop: OperatorAction = async ({ connection, query, machine }) => {
  const by = chosenFrom(query, 'by', MEASURES)
  const minutes = chosenFrom(query, 'minutes', WINDOWS_MINUTES)
  const { since, workspaces } = await machine.top(by, minutes)
  const names = await namesOf(
    connection,
    workspaces.map(({ workspaceId }) => workspaceId),
  )
  return {
    body: {
      by,
      minutes,
      since,
      workspaces: workspaces.map((each) => ({
        ...each,
        subdomain: names.get(each.workspaceId)?.subdomain ?? null,
        name: names.get(each.workspaceId)?.name ?? null,
      })),
    },
  }
}

export const OBSERVE_ACTIONS: Readonly<Record<string, ScopedAction>> = {
  'GET /admin/top': action('read', showTop, TOP_PARAMETERS),
  'GET /admin/statements': action('read', async ({ connection, statements }) => ({
    body: await statements.list(connection),
  })),
  'POST /admin/statements/cancel': action('limits', async ({ connection, statements, operator, body }) => {
    // DDL and maintenance.
    const allow = ({ kind }: RunningStatement): void => {
      if (kind === 'owner') requireScope(operator, 'statements')
    }
    const { pid, backendStart, startedAt, kind, operation, requestId, workspace } = await statements.cancel(
      connection,
      nameIn(body),
      allow,
    )
    return {
      body: { pid, backendStart, startedAt, requestId },
      action: 'statement.cancel',
      details: { pid, backendStart, startedAt, kind, operation, requestId },
      ...(workspace === null ? {} : { workspaceId: workspace.id }),
    }
  }),
}
