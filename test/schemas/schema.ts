// One legal schema: statements that a person with a grudge could have typed, except those refused by
// Postgres.

import { TYPE_STATEMENTS } from './columns.ts'
import { makeFunction, makeOther, makeView } from './derived.ts'
import { createNames } from './names.ts'
import { createRandom } from './random.ts'
import { type Draft, makeRelation, makeTable } from './tables.ts'

/** In steps: after each the API is looked at. */
export const makeSchema = (seed: number, steps: number): readonly (readonly string[])[] => {
  const random = createRandom(seed)
  const statements: string[] = []
  const draft: Draft = { random, statements, tables: [], tableName: createNames(random) }
  const parts = Array.from({ length: steps }, (_, step) => {
    if (step === 0) statements.push(...TYPE_STATEMENTS)
    for (let made = 0; made < 3; made += 1) makeTable(draft, createNames(random))
    for (let made = random.below(3); made > 0; made -= 1) makeRelation(draft, createNames(random))
    for (let made = random.below(3); made > 0; made -= 1) makeView(draft, createNames(random))
    for (let made = random.below(3); made > 0; made -= 1) makeFunction(draft, createNames(random))
    if (random.chance(0.5)) makeOther(draft, createNames(random))
    return statements.splice(0)
  })
  return parts
}
