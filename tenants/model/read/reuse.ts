// Parts of models by everything that they were derived from, so that a model that differs from an earlier one
// in one object derives that object alone. A part depends on nothing but its key: either the key spells what
// the part is made of, or it names another part by its number, which stands for that part's own key.

import { hash } from 'node:crypto'

/** Keeps parts by name; a part that it drops is derived again. */
interface PartStore {
  readonly get: (name: string) => object | undefined
  readonly set: (name: string, part: object) => void
}

/** The kinds of parts, in the order in which they are derived. */
export type PartKind =
  | 'type'
  | 'annotation'
  | 'own name'
  | 'object names'
  | 'draft'
  | 'field names'
  | 'object'

export interface Reuse {
  /**
   * The part that was made for an equal key, else a new one.
   * @param key of values that differ as JSON
   * @param make returns an object of its own each time
   */
  readonly part: <Part extends object>(kind: PartKind, key: () => unknown, make: () => Part) => Part
  /** Stands for the key of the part in the keys of others. */
  readonly numberOf: (part: object) => number
  /** Parts that were made so far. */
  readonly made: () => number
}

/** Derives everything. */
export const withoutReuse = (): Reuse => {
  let made = 0
  return {
    part: (_kind, _key, make) => {
      made += 1
      return make()
    },
    numberOf: () => 0,
    made: () => made,
  }
}

/** @param onMake is called for each part that was derived */
export const createReuse = (store: PartStore, onMake: (kind: PartKind) => void = () => {}): Reuse => {
  const numbers = new WeakMap<object, number>()
  let made = 0
  return {
    part: <Part extends object>(kind: PartKind, key: () => unknown, make: () => Part): Part => {
      const name = hash('sha256', `${kind} ${JSON.stringify(key())}`, 'base64')
      // Parts of one name have one kind, which has one type.
      const known = store.get(name) as Part | undefined
      if (known !== undefined) return known
      const part = make()
      made += 1
      numbers.set(part, made)
      store.set(name, part)
      onMake(kind)
      return part
    },
    numberOf: (part) => {
      const number = numbers.get(part)
      if (number === undefined) throw new Error('A part was not made here.')
      return number
    },
    made: () => made,
  }
}

/** Notes the parts of one model. */
export const notingParts = (reuse: Reuse): { readonly reuse: Reuse; readonly used: ReadonlySet<object> } => {
  const used = new Set<object>()
  return {
    used,
    reuse: {
      ...reuse,
      part: (kind, key, make) => {
        const part = reuse.part(kind, key, make)
        used.add(part)
        return part
      },
    },
  }
}
