// Which pools the running code has a transaction on, followed through its awaits. A transaction that begins
// another one on the same pool would wait for a slot that its own kind may hold: three of them, each inside
// one of three others, wait for each other until their time is up.

import { AsyncLocalStorage } from 'node:async_hooks'

interface OpenTransaction {
  readonly pool: object
  readonly outer: OpenTransaction | undefined
  /** Work that a transaction started and did not await may outlive it. */
  isOver: boolean
}

const storage = new AsyncLocalStorage<OpenTransaction>()

/** Throws where the running code is inside a transaction of this pool. */
export const refuseNested = (pool: object): void => {
  for (let open = storage.getStore(); open !== undefined; open = open.outer)
    if (open.pool === pool && !open.isOver)
      throw new Error("A transaction may not begin another one on the owner's pool: pass its client on.")
}

/** Runs the work as one that is inside a transaction of this pool. */
export const insideTransaction = async <T>(pool: object, work: () => Promise<T>): Promise<T> => {
  const open: OpenTransaction = { pool, outer: storage.getStore(), isOver: false }
  try {
    return await storage.run(open, work)
  } finally {
    open.isOver = true
  }
}
