// A request for a large table, with what it may take.

interface Asked {
  readonly name: string
  /** Milliseconds; null: only shown. */
  readonly targetMs: number | null
  /** Default: the administrators'. */
  readonly role?: 'rare'
}

export type RowsRequest = Asked &
  (
    | { readonly path: string; readonly body?: unknown }
    | { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> }
  )

export const FIELDS = 'fields=id,name,jobTitle,createdAt'
/** What a page in an order may take, without its total. */
export const ORDER_MS = 20
