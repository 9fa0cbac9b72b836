// Requests for a sample of an operator's webhook: of one that exists, or of one that would be created.

import type { Pool } from 'pg'
import type { Operator } from '../../../tenants/operator.ts'
import { EVENT_PATTERNS } from '../../../tenants/operatorEvents.ts'
import { newUuid } from '../../../tenants/uuid.ts'
import { findHostWebhook } from '../../../tenants/webhook/host/webhook.ts'
import { knownWord } from '../../changes/changesRequest.ts'
import { badInput } from '../../error/problem.ts'
import { newSigningSecret } from '../../webhooks/secret.ts'
import { checkedTarget } from '../../webhooks/target.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { flagOf, type JsonBody, jsonBodyOf, textOf } from '../body.ts'
import { requireScope } from '../scope.ts'
import { checkOperation } from './input.ts'
import type { MakeHostSample } from './sample.ts'

interface SampleRequestOptions {
  readonly pool: Pool
  readonly webhooks: Pick<Webhooks, 'rules' | 'secrets'>
  readonly sample: MakeHostSample
}

const EXAMPLE_URL = 'https://hooks.example.com/'
const ASKED = ['operation', 'event', 'workspace']

const namesIn = (body: JsonBody) => {
  const [operation, event] = [textOf(body, 'operation'), textOf(body, 'event')]
  if (operation !== undefined && event !== undefined)
    throw badInput('A sample is made of an operation or of an event, not of both.')
  if (operation !== undefined) checkOperation(operation)
  if (event !== undefined) knownWord('the events', EVENT_PATTERNS, event)
  return { operation, event }
}

type Subscribed = { readonly operations: readonly string[]; readonly events: readonly string[] }

/** The one that is asked for; otherwise the first one of the webhook. */
const patternOf = (
  { operation, event }: ReturnType<typeof namesIn>,
  { operations, events }: Subscribed,
): { readonly kind: 'record' | 'event'; readonly pattern: string } => {
  const [first] = event === undefined ? [operation, ...operations].filter((each) => each !== undefined) : []
  if (first !== undefined) return { kind: 'record', pattern: first }
  const [named] = [event, ...events].filter((each) => each !== undefined)
  if (named !== undefined) return { kind: 'event', pattern: named }
  throw badInput('The webhook has neither operations nor events.')
}

const EVERYTHING = { operations: ['*.*'], events: ['*.*'], workspaces: null }

/** A webhook that does not exist, with a secret for this sample alone. */
const unmade = async ({ webhooks }: SampleRequestOptions, body: JsonBody) => {
  const url = textOf(body, 'targetUrl')
  const targetUrl = url === undefined ? EXAMPLE_URL : (await checkedTarget(url, webhooks.rules)).url
  const secret = newSigningSecret()
  const includesValues = flagOf(body, 'includeValues', false)
  const secrets = { single: secret, all: [secret] }
  return { webhook: { ...EVERYTHING, id: newUuid(), targetUrl, includesValues, secrets }, secret }
}

const existing = async ({ pool, webhooks }: SampleRequestOptions, id: string) => {
  const webhook = await findHostWebhook(pool, id)
  const secrets = webhooks.secrets.signingAt(webhook.id, webhook, Date.now())
  return { webhook: { ...webhook, secrets }, secret: null }
}

/** @param id of the webhook; null: one that would be created */
export const answerSample = async (
  options: SampleRequestOptions,
  operator: Operator,
  id: string | null,
  given: unknown,
): Promise<unknown> => {
  const body = jsonBodyOf(given, id === null ? [...ASKED, 'targetUrl', 'includeValues'] : ASKED)
  const names = namesIn(body)
  const { webhook, secret } = await (id === null ? unmade(options, body) : existing(options, id))
  if (webhook.includesValues) requireScope(operator, 'events:values')
  const asked = { ...patternOf(names, webhook), workspace: textOf(body, 'workspace') }
  return { ...(await options.sample(webhook, asked)), secret }
}
