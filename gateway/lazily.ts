// Loads a part of the gateway when a request first needs it: GraphQL's library and what is built on it take a
// fifth of the start, and a gateway that answers REST alone never needs them.

/** Calls `load` once. A failure is not kept: the next caller tries again. */
export const lazily = <Part>(load: () => Promise<Part>): (() => Promise<Part>) => {
  let loading: Promise<Part> | undefined
  return () => {
    if (loading !== undefined) return loading
    const attempt = load()
    loading = attempt
    attempt.catch(() => {
      loading = undefined
    })
    return attempt
  }
}
