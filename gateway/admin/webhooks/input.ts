// Bodies of requests about operators' webhooks, as settings.

import type { Connection } from '../../../sql/ownerPool.ts'
import { EVENT_PATTERNS } from '../../../tenants/operatorEvents.ts'
import type { HostWebhookSettings } from '../../../tenants/webhook/host/webhook.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import { knownWord } from '../../changes/changesRequest.ts'
import { badInput } from '../../error/problem.ts'
import { RECORD_ACTIONS } from '../../webhooks/operations.ts'
import { flagOf, type JsonBody, textOf } from '../body.ts'

export const CHANGEABLE = [
  'targetUrl',
  'operations',
  'events',
  'workspaces',
  'description',
  'ordered',
  'secret',
]

const MOST_WORDS = 1_000
const MOST_TEXT = 1_024
/** Objects are the workspaces' own, so their names are not checked. */
const OPERATION = /^(\*|[a-z][a-zA-Z0-9]{0,62})\.(\*|\w+)$/

const wordsIn = (body: JsonBody, name: string): readonly string[] | undefined => {
  const value = body[name]
  if (value === undefined) return undefined
  const words = Array.isArray(value) ? value : [null]
  if (words.length > MOST_WORDS || words.some((word) => typeof word !== 'string'))
    throw badInput(`${name} must be a list of at most ${MOST_WORDS} texts.`)
  return [...new Set(words.map(String))]
}

/** A change has one name here: that of what happened to the record. */
const HOST_ACTIONS = RECORD_ACTIONS.filter((action) => action !== 'upserted')

export const checkOperation = (operation: string): void => {
  const [, , action] = OPERATION.exec(operation) ?? []
  if (action === undefined)
    throw badInput(
      `Operation '${operation.slice(0, 200)}': it must be <object>.<action>; * stands for all objects or actions.`,
      'INVALID_WEBHOOK_OPERATION',
    )
  if (action !== '*') knownWord('the actions', HOST_ACTIONS, action)
}

const boundedText = (body: JsonBody, name: string): string | undefined => {
  const text = textOf(body, name)
  if (text === undefined || (text.length <= MOST_TEXT && !text.includes('\0'))) return text
  throw badInput(`${name} has at most ${MOST_TEXT} characters, none of them NUL.`)
}

export const secretIn = (body: JsonBody): string | undefined => boundedText(body, 'secret')

type Words = Pick<HostWebhookSettings, 'operations' | 'events' | 'workspaces' | 'description' | 'isOrdered'>

/** The settings that are given, without the URL and the secret. Throws a Problem or a Refusal. */
export const settingsIn = async (connection: Connection, body: JsonBody): Promise<Partial<Words>> => {
  const operations = wordsIn(body, 'operations')
  for (const operation of operations ?? []) checkOperation(operation)
  const events = wordsIn(body, 'events')
  for (const event of events ?? []) knownWord('the events', EVENT_PATTERNS, event)
  const references = body.workspaces === null ? null : wordsIn(body, 'workspaces')
  const workspaces: string[] = []
  for (const reference of references ?? []) workspaces.push((await findWorkspace(connection, reference)).id)
  const description = body.description === null ? null : boundedText(body, 'description')
  return {
    ...(operations === undefined ? {} : { operations }),
    ...(events === undefined ? {} : { events }),
    ...(references === undefined ? {} : { workspaces: references === null ? null : workspaces }),
    ...(description === undefined ? {} : { description }),
    ...(body.ordered === undefined ? {} : { isOrdered: flagOf(body, 'ordered', false) }),
  }
}
