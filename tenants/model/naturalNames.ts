// The names that follow from a table's own name alone, and why these are not the plain ones.

import type { UnmetNames } from './model.ts'
import { toCamelCase } from './name.ts'
import { pluralOf, singularOf } from './number.ts'
import { asideOf, type ObjectNames, reservedReason } from './reserved.ts'

const MAX_SINGULAR_STEPS = 4

/** The singular of a name, repeated until it has none. */
export const lemmaOf = (name: string): string => {
  let lemma = name
  for (let step = 0; step < MAX_SINGULAR_STEPS; step += 1) {
    const next = singularOf(lemma)
    if (next === lemma || next === '') return lemma
    lemma = next
  }
  return lemma
}

/** Singular and plural for a table named in either form. */
const naturalNames = (table: string): ObjectNames => {
  const camel = toCamelCase(table)
  const nameSingular = lemmaOf(camel)
  const plural = pluralOf(nameSingular)
  return plural === nameSingular || lemmaOf(plural) !== nameSingular
    ? { nameSingular: `${nameSingular}Item`, namePlural: nameSingular }
    : { nameSingular, namePlural: nameSingular === camel ? plural : camel }
}

interface DerivedObjectNames {
  readonly names: ObjectNames
  readonly unmet: UnmetNames | null
}

/** Names from the table's own name, and the reason if they are not the plain ones. */
export const derivedObjectNames = (table: string): DerivedObjectNames => {
  const wanted = naturalNames(table)
  const isItem = wanted.nameSingular === `${wanted.namePlural}Item`
  const stem = isItem ? wanted.namePlural : wanted.nameSingular
  const reason = reservedReason(isItem ? { nameSingular: stem, namePlural: stem } : wanted)
  if (reason === null) return { names: wanted, unmet: null }
  return {
    names: asideOf(stem),
    unmet: { names: [...new Set([wanted.nameSingular, wanted.namePlural, toCamelCase(table)])], reason },
  }
}
