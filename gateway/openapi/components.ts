// Schemas shared by several places. Returns references by preferred name, and at the end all components.
// Equal schemas become one component; of different ones with the same preferred name, the later ones get a
// number.

import { freeName } from '../../tenants/model/name.ts'
import { hashTableOf } from '../slices/hashTable.ts'
import type { Schema } from './schema.ts'

export interface Components {
  /** Reserves a name, or the nearest free one, for a schema that is defined later. */
  readonly claim: (name: string) => string
  readonly define: (name: string, schema: Schema) => void
  /** A reference to a component equal to this schema. */
  readonly share: (name: string, schema: Schema) => Schema
  readonly schemas: () => Readonly<Record<string, Schema>>
}

export const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

export const createComponents = (): Components => {
  const defined = new Map<string, Schema>()
  const taken = new Set<string>()
  const shared = new Map<string, string>()
  const claim = (wanted: string): string => {
    const name = freeName([wanted], (candidate) => taken.has(candidate))
    taken.add(name)
    return name
  }
  const define = (name: string, schema: Schema): void => {
    defined.set(name, schema)
  }
  return {
    claim,
    define,
    share: (wanted, schema) => {
      const text = JSON.stringify(schema)
      const known = shared.get(text)
      if (known !== undefined) return refTo(known)
      const name = claim(wanted)
      shared.set(text, name)
      define(name, schema)
      return refTo(name)
    },
    schemas: () => hashTableOf([...defined].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}
