// A slot of the pool: a place for one connection. The permanent slots are always filled; the others come and
// go.
//
//  empty ─ open ─> opening ─ connected ─> filled ─ replace ─> replacing ─ connected ─> filled, old drains
//    ^                │                     │                     └─────── failed ───> filled, old stays
//    ├─ failed, a permanent one retries ────┤
//    └───────────── lost, retired ──────────┘

import type { Log } from '../log.ts'
import type { PipelinedConnection } from './connection.ts'
import type { StatementRequest } from './statementRequest.ts'

export interface Slot<R extends StatementRequest> {
  readonly isPermanent: boolean
  connection: PipelinedConnection<R> | null
  isOpening: boolean
  failures: number
}

interface SlotFillerOptions<R extends StatementRequest> {
  readonly connect: (slot: Slot<R>) => Promise<PipelinedConnection<R>>
  readonly isClosed: () => boolean
  /** A slot has a new connection. */
  readonly onFree: () => void
  readonly log: Log
}

export interface SlotFiller<R extends StatementRequest> {
  /** Fills an empty slot; a permanent one is tried again until it succeeds. */
  open(slot: Slot<R>): Promise<void>
  /** Opens the successor first, so that the slot is never empty. */
  replace(slot: Slot<R>, old: PipelinedConnection<R>): Promise<void>
  lastError(): Error | undefined
}

const FIRST_RETRY_MS = 50
/** Requests wait meanwhile. */
const LONGEST_RETRY_MS = 500

export const emptySlots = <R extends StatementRequest>(
  permanent: number,
  others: number,
): readonly Slot<R>[] =>
  Array.from({ length: permanent + others }, (_, index) => ({
    isPermanent: index < permanent,
    connection: null,
    isOpening: false,
    failures: 0,
  }))

export const createSlotFiller = <R extends StatementRequest>(
  options: SlotFillerOptions<R>,
): SlotFiller<R> => {
  const { connect, isClosed, onFree, log } = options
  let lastError: Error | undefined

  const retryLater = (slot: Slot<R>, error: unknown): void => {
    lastError = error instanceof Error ? error : new Error(String(error))
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** slot.failures, LONGEST_RETRY_MS) * (0.5 + Math.random())
    if (slot.failures === 0) log.warn({ err: error }, 'cannot connect to Postgres; trying again')
    slot.failures++
    if (slot.isPermanent) setTimeout(() => void open(slot), delayMs).unref()
  }

  const open = async (slot: Slot<R>): Promise<void> => {
    if (slot.isOpening || slot.connection !== null || isClosed()) return
    slot.isOpening = true
    try {
      const connection = await connect(slot)
      slot.failures = 0
      lastError = undefined
      if (isClosed()) connection.drain()
      else slot.connection = connection
    } catch (error) {
      retryLater(slot, error)
    } finally {
      slot.isOpening = false
    }
    if (slot.connection !== null) onFree()
  }

  const replace = async (slot: Slot<R>, old: PipelinedConnection<R>): Promise<void> => {
    if (slot.isOpening || isClosed()) return
    slot.isOpening = true
    try {
      const connection = await connect(slot)
      // Also if the old one was lost meanwhile: the slot must not stay empty.
      slot.connection = connection
      if (isClosed()) connection.drain()
    } catch (error) {
      log.warn({ err: error }, 'cannot replace a connection to Postgres; keeping the old one')
    } finally {
      slot.isOpening = false
    }
    if (slot.connection === null) void open(slot)
    else if (slot.connection !== old) old.drain()
    onFree()
  }

  return { open, replace, lastError: () => lastError }
}
