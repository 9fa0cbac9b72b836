// Resolvers for webhooks.

import { Problem } from '../../error/problem.ts'
import { type AccessPageArguments, accessPageOf } from '../access/accessPage.ts'
import type { Resolvers } from '../schema.ts'
import type { DeliveriesArguments, DeliveryActions, ReplayInput } from './deliveries.ts'
import type { CreateWebhookInput, UpdateWebhookInput } from './input.ts'
import type { SampleActions, SampleInput } from './samples.ts'
import type { RotateSecretInput, WebhookActions } from './webhooks.ts'

interface ById {
  readonly id: string
}

export const createWebhookResolvers = (
  webhooks: WebhookActions,
  deliveries: DeliveryActions,
  samples: SampleActions,
): Resolvers => ({
  Query: {
    webhooks: async (_: unknown, page: AccessPageArguments, { requestContext, spend }) =>
      spend((await webhooks.list(requestContext, accessPageOf(page))).items),
    webhookDeliveries: async (_: unknown, given: DeliveriesArguments, { requestContext, spend }) =>
      spend(await deliveries.list(requestContext, given)),
    webhookDeliveryBody: (_: unknown, { deliveryId }: { readonly deliveryId: string }, { requestContext }) =>
      deliveries.body(requestContext, deliveryId),
    webhookSample: (_: unknown, { input }: { readonly input: SampleInput }, { requestContext }) =>
      samples.sample(requestContext, input),
    webhook: async (_: unknown, { id }: ById, { requestContext }) => {
      try {
        return await webhooks.find(requestContext, id)
      } catch (error) {
        if (error instanceof Problem && error.options.subCode === 'WEBHOOK_NOT_FOUND') return null
        throw error
      }
    },
  },
  Mutation: {
    createWebhook: (_: unknown, { input }: { readonly input: CreateWebhookInput }, { requestContext }) =>
      webhooks.create(requestContext, input),
    updateWebhook: (
      _: unknown,
      { input }: { readonly input: ById & { readonly update: UpdateWebhookInput } },
      { requestContext },
    ) => webhooks.update(requestContext, input.id, input.update),
    redeliverWebhook: (_: unknown, { deliveryId }: { readonly deliveryId: string }, { requestContext }) =>
      deliveries.redeliver(requestContext, deliveryId),
    replayWebhook: (_: unknown, { input }: { readonly input: ReplayInput }, { requestContext }) =>
      deliveries.replay(requestContext, input),
    rotateWebhookSecret: (_: unknown, { input }: { readonly input: RotateSecretInput }, { requestContext }) =>
      webhooks.rotateSecret(requestContext, input),
    testWebhook: (_: unknown, { id }: ById, { requestContext }) => webhooks.test(requestContext, id),
    deleteWebhook: (_: unknown, { id }: ById, { requestContext }) => webhooks.delete(requestContext, id),
  },
})
