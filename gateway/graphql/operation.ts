// Selects the operation of a document by the name in the request, or throws a Problem. A GET never changes
// anything.

import {
  type DocumentNode,
  getOperationAST,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'postgraphile/graphql'
import { Problem } from '../error/problem.ts'

const anyOperationOf = (
  document: DocumentNode,
  operationName: string | undefined,
): OperationDefinitionNode => {
  const operation = getOperationAST(document, operationName)
  if (operation) return operation
  throw new Problem(
    'BAD_USER_INPUT',
    operationName === undefined
      ? 'The document contains several operations: select one with "operationName".'
      : `The document has no operation "${operationName.slice(0, 100)}".`,
  )
}

const operationOf = (document: DocumentNode, operationName: string | undefined): OperationDefinitionNode => {
  const operation = anyOperationOf(document, operationName)
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return operation
  throw new Problem('BAD_USER_INPUT', 'Subscriptions cannot be returned as JSON.', {
    hint: 'Accept text/event-stream, or use a WebSocket with the protocol graphql-transport-ws.',
  })
}

/** For a schema without subscriptions. */
export const refuseSubscription = (document: DocumentNode, operationName: string | undefined): void => {
  if (anyOperationOf(document, operationName).operation !== OperationTypeNode.SUBSCRIPTION) return
  throw new Problem('BAD_USER_INPUT', 'Subscriptions are not supported.', {
    hint: 'Subscribe to changes to records at /graphql.',
  })
}

/** Throws Problem for a query or a mutation. */
export const subscriptionOf = (
  document: DocumentNode,
  operationName: string | undefined,
): OperationDefinitionNode => {
  const operation = anyOperationOf(document, operationName)
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return operation
  throw new Problem('BAD_USER_INPUT', 'Only subscriptions can be returned as a stream.', {
    hint: 'Send queries and mutations by POST, and accept application/json.',
  })
}

/** Whether it is read-only. Throws Problem. */
export const isReading = (document: DocumentNode, operationName: string | undefined): boolean =>
  operationOf(document, operationName).operation === OperationTypeNode.QUERY

/** Throws a 405 for a mutation over a safe method (GraphQL over HTTP, §"GET"; RFC 9110 §9.2.1). */
export const refuseUnsafe = (
  method: string,
  document: DocumentNode,
  operationName: string | undefined,
): void => {
  if (method === 'POST' || isReading(document, operationName)) return
  throw new Problem('METHOD_NOT_ALLOWED', `Send mutations by POST: ${method} only runs queries.`, {
    headers: { allow: 'POST' },
  })
}
