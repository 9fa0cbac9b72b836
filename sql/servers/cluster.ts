// Whether the servers of a list are copies of one another. A cluster has an identifier, which its standbys
// share (pg_control_system). A server with another one has other data, so no gateway goes from one to the
// other.

import type { Found } from './probe.ts'

/** System identifiers of the servers that were read, by their URLs. */
export type Identifiers = ReadonlyMap<string, string>

/** @param reference a server of the cluster; null: all are of it. */
export const isForeign = (identifiers: Identifiers, url: string, reference: string | null): boolean => {
  const own = identifiers.get(url)
  const expected = reference === null ? undefined : identifiers.get(reference)
  return own !== undefined && expected !== undefined && own !== expected
}

/** Of a first look: whether servers of several clusters answered. */
export const isMixed = (found: readonly Found[]): boolean =>
  new Set(found.flatMap(({ system }) => system ?? [])).size > 1
