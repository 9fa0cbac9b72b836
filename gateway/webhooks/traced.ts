// Attempts and requests to receivers as parts of a trace: that of the change, where its request was traced.

import type { WebhookTracing } from '../observe/trace/tracing.ts'
import type { DueDelivery } from './deliver.ts'
import type { Sender } from './send.ts'
import { bareHost, portOf } from './target.ts'

/** Sends the ids of the trace along. */
export const tracedSender = (sender: Sender, tracing: WebhookTracing | undefined): Sender =>
  tracing === undefined
    ? sender
    : {
        ...sender,
        send: (outgoing) => {
          const { hostname, port, protocol } = new URL(outgoing.url)
          return tracing.send({ host: bareHost(hostname), port: portOf({ port, protocol }) }, (headers) =>
            sender.send({ ...outgoing, headers: { ...outgoing.headers, ...headers } }),
          )
        },
      }

/** @param traceparentOf the change of a delivery */
export const tracedAttempts = <Delivery extends DueDelivery>(
  tracing: WebhookTracing | undefined,
  traceparentOf: (delivery: Delivery) => string | null | undefined,
) =>
  tracing &&
  ((delivery: Delivery, work: () => Promise<void>): Promise<void> =>
    tracing.delivery({ ...delivery, traceparent: traceparentOf(delivery) }, work))
