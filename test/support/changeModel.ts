// What random changes of companies must look like to a role, for the tests that compare the feed with the truth.

/** Reproducible from its seed. */
export const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

export type Random = ReturnType<typeof createRandom>

export interface Company {
  readonly city: string
  readonly isDeleted: boolean
}

export const CITIES = ['Paris', 'Rome', 'Lima']

/** The operation that a role sees in a change. @param city the only one its record rule admits; null: all */
export const expectedOperation = (
  city: string | null,
  before: Company | null,
  after: Company | null,
): string | null => {
  const sees = (company: Company | null): boolean =>
    company !== null && (city === null || company.city === city)
  if (after === null) return sees(before) ? 'destroyed' : null
  if (before === null) return sees(after) ? 'created' : null
  if (!sees(after)) return sees(before) ? 'removed' : null
  if (before.isDeleted !== after.isDeleted) return after.isDeleted ? 'deleted' : 'restored'
  return 'updated'
}
