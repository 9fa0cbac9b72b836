// The connection of a search, from the rows of `compileSearch`.

import type { Model } from '../../../tenants/model/model.ts'
import type { Row } from '../run.ts'
import { encodePlace } from './search.ts'

interface SearchResults {
  readonly edges: readonly { readonly node: object; readonly cursor: string }[]
  /** Whether more records match than were ranked. */
  readonly isPartial: boolean
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}

/** Position of the flag in a row. */
const PARTIAL = 7

export const searchResults = (model: Model, rows: readonly Row[], limit: number): SearchResults => {
  const found = rows.filter(([object]) => object !== null)
  const edges = found.slice(0, limit).map(([object, id, label, image, rankCd, rank, priority]) => ({
    node: {
      recordId: id,
      objectNameSingular: object,
      objectLabelSingular: model.bySingular.get(object ?? '')?.labelSingular ?? object,
      label,
      imageUrl: image,
      tsRankCD: Number(rankCd),
      tsRank: Number(rank),
    },
    cursor: encodePlace({
      rankCd: rankCd ?? '0',
      rank: rank ?? '0',
      priority: Number(priority),
      object: object ?? '',
      id: id ?? '',
    }),
  }))
  return {
    edges,
    isPartial: rows[0]?.[PARTIAL] === 't',
    pageInfo: { endCursor: edges.at(-1)?.cursor ?? null, hasNextPage: limit > 0 && found.length > limit },
  }
}
