// Streams rows to `copy … from stdin`, which the driver does not support by itself. Rows are in Postgres'
// text format and sent as fast as the socket accepts them. Rejects with the server's error.

import { once } from 'node:events'
import type { ClientBase, Connection, Submittable } from 'pg'

/** Present in the driver, missing in its types. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** The driver calls these by name. */
interface CopyQuery extends Submittable {
  readonly callback: () => void
  readonly handleCopyInResponse: (connection: CopyConnection) => void
  readonly handleCommandComplete: (message: { readonly text: string }) => void
  readonly handleRowDescription: () => void
  readonly handleDataRow: () => void
  readonly handleReadyForQuery: () => void
  readonly handleError: (error: Error) => void
}

const nothing = (): void => {}

/** @returns the number of rows */
export const copyIn = (client: ClientBase, statement: string, rows: AsyncIterable<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    let isOver = false
    let copied = 0
    let failure: unknown
    const fail = (error: unknown): void => {
      isOver = true
      failure ??= error
      reject(failure)
    }
    const send = async (connection: CopyConnection): Promise<void> => {
      try {
        for await (const chunk of rows) {
          if (isOver) return
          connection.sendCopyFromChunk(Buffer.from(chunk))
          if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain')
        }
        connection.endCopyFrom()
      } catch (error) {
        // The source failed. The server ends the statement with an error, which arrives next.
        failure = error
        connection.sendCopyFail('The source of the rows failed.')
      }
    }
    const query: CopyQuery = {
      callback: nothing,
      submit: (connection) => connection.query(statement),
      handleCopyInResponse: (connection) => void send(connection),
      handleCommandComplete: ({ text }) => {
        copied = Number(text.split(' ')[1] ?? 0)
      },
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handleReadyForQuery: () => resolve(copied),
      handleError: fail,
    }
    client.query(query)
  })
