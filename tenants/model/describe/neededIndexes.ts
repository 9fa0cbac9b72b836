// The indexes that a table needs once it is large: by its object, by the record rules, and by the indexes
// that users created.

import type { CatalogDetails } from '../../../sql/catalog/catalogDetails.ts'
import type { LargeTableIndex } from '../ddl/plan.ts'
import { allLargeTableIndexes } from '../ddl/ruleIndexes.ts'
import { TRIGRAMS, textIndexes } from '../ddl/textIndexes.ts'
import type { ModelSources } from '../read/sources.ts'
import type { DescribedObject } from './catalogRef.ts'

/** Names of the columns with an index of trigrams. */
const trigramColumns = ({ indexes }: CatalogDetails, { relation }: DescribedObject): readonly string[] => {
  const names = new Map(relation.columns.map(({ number, name }) => [number, name]))
  const found = indexes
    .filter(({ relation: oid }) => oid === relation.oid)
    .flatMap(({ columns, classes }) =>
      columns.flatMap((number, at) => (classes[at] === TRIGRAMS ? (names.get(number) ?? []) : [])),
    )
  return [...new Set(found)].sort()
}

export const neededIndexes = (
  { details, ruleColumns }: ModelSources,
  object: DescribedObject,
): readonly LargeTableIndex[] => [
  ...allLargeTableIndexes(object.model, ruleColumns),
  ...textIndexes(object.model, trigramColumns(details, object)),
]
