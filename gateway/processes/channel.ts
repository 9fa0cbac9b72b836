// Questions and answers between two processes, over the channel that Node opens between a parent and a child.
// Both sides have the same functions: each asks, and each answers with its handlers.

import { ConfigError } from '../config.ts'

export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

export interface Channel {
  /** Rejects with the other side's error, or when no answer comes in time. */
  readonly ask: (name: string, argument?: unknown, withinMs?: number) => Promise<unknown>
  /** Adds handlers. A question without a handler is answered by an error. */
  readonly answer: (handlers: Handlers) => void
  readonly onMessage: (message: unknown) => void
  /** Rejects what is still unanswered. */
  readonly close: () => void
}

const ANSWER_WITHIN_MS = 5_000

interface Fault {
  readonly message: string
  /** Of a ConfigError; they stay apart for the answer of a reload. */
  readonly isOfSettings: boolean
}

type Message =
  | { readonly tenantry: 'question'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly tenantry: 'answer'; readonly id: number; readonly value?: unknown; readonly fault?: Fault }

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'tenantry' in message

const faultOf = (error: unknown): Fault => ({
  message: error instanceof Error ? error.message : String(error),
  isOfSettings: error instanceof ConfigError,
})

const errorOf = ({ message, isOfSettings }: Fault): Error =>
  isOfSettings ? ConfigError.again(message) : new Error(message)

/** @param send may throw once the other side has ended */
export const createChannel = (send: (message: Message) => void): Channel => {
  const waiting = new Map<number, Waiting>()
  const handlers = new Map<string, (argument: never) => unknown>()
  let last = 0

  const settle = (id: number, act: (waiter: Waiting) => void): void => {
    const waiter = waiting.get(id)
    if (waiter === undefined) return
    waiting.delete(id)
    clearTimeout(waiter.timer)
    act(waiter)
  }
  const trySend = (message: Message): void => {
    try {
      send(message)
    } catch (error) {
      settle(message.id, ({ reject }) => reject(error instanceof Error ? error : new Error(String(error))))
    }
  }
  const reply = async (id: number, name: string, argument: unknown): Promise<void> => {
    try {
      const handle = handlers.get(name)
      if (handle === undefined) throw new Error(`The process does not answer '${name}' yet.`)
      trySend({ tenantry: 'answer', id, value: await handle(argument as never) })
    } catch (error) {
      trySend({ tenantry: 'answer', id, fault: faultOf(error) })
    }
  }

  return {
    ask: (name, argument, withinMs = ANSWER_WITHIN_MS) =>
      new Promise((resolve, reject) => {
        last += 1
        const id = last
        const late = () =>
          settle(id, () => reject(new Error(`No answer to '${name}' within ${withinMs} ms.`)))
        waiting.set(id, { resolve, reject, timer: setTimeout(late, withinMs).unref() })
        trySend({ tenantry: 'question', id, name, argument })
      }),
    answer: (added) => {
      for (const [name, handle] of Object.entries(added)) handlers.set(name, handle)
    },
    onMessage: (message) => {
      if (!isMessage(message)) return
      if (message.tenantry === 'question') void reply(message.id, message.name, message.argument)
      else {
        const { id, value, fault } = message
        settle(id, ({ resolve, reject }) => (fault === undefined ? resolve(value) : reject(errorOf(fault))))
      }
    },
    close: () => {
      for (const id of [...waiting.keys()])
        settle(id, ({ reject }) => reject(new Error('The other process has exited.')))
    },
  }
}
