// Several columns that read as one object. A step of its own, because Grafast's `object()` would select every part as soon as one
// is asked for, and a role may be allowed fewer. Grafast's steps are classes.

import type { PgSelectSingleStep } from 'postgraphile/@dataplan/pg'
import { type Step, UnbatchedStep } from 'postgraphile/grafast'

/** Selects a part of a record. */
export type SelectPart = ($record: PgSelectSingleStep) => Step

const PRESENT = Object.freeze({})

/** What is wrong with a name that is no part. */
export type UnknownPart = (name: string) => Error

export class CompositeStep extends UnbatchedStep<object | null> {
  static override $$export = { moduleName: 'tenantry', exportName: 'CompositeStep' }
  override isSyncAndSafe = true
  readonly #parts: ReadonlyMap<string, SelectPart>
  readonly #unknown: UnknownPart
  readonly #recordDep: number

  constructor($record: PgSelectSingleStep, parts: ReadonlyMap<string, SelectPart>, unknown: UnknownPart) {
    super()
    this.#parts = parts
    this.#unknown = unknown
    this.#recordDep = this.addDependency($record)
  }

  get(name: string): Step {
    const select = this.#parts.get(name)
    if (select === undefined) throw this.#unknown(name)
    return select(this.getDep<PgSelectSingleStep>(this.#recordDep, true))
  }

  override unbatchedExecute(_extra: unknown, record: unknown): object | null {
    return record === null || record === undefined ? null : PRESENT
  }
}
